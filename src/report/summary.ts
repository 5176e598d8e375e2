import type { Evaluation, EvaluationComparison, IntakeCount, RuleLevelScore } from '../evaluation/index.js'
import { sharedThings } from './comparison-table.js'
import { counted, fixed, fixedExpected, listed, percent, pValue } from './numbers.js'
import { scenarioRules } from './screening-tables.js'

/** What a run says in sentences, computed from its tables; plain text. */
export interface Summary {
  /** Empty when no rule's bound is exceeded. */
  readonly warnings: readonly string[]
  readonly sentences: readonly string[]
}

export function summarise(evaluation: Evaluation, comparison?: EvaluationComparison): Summary {
  const preferred = preferredRule(evaluation)
  return {
    warnings: warningsOf(evaluation),
    sentences: [
      faultySentence(evaluation),
      ...agreementSentence(evaluation),
      ...(preferred === null ? [] : coverageSentences(evaluation, preferred)),
      ...bestRuleSentence(evaluation),
      ...(preferred === null ? [] : againstMeanSentence(evaluation, preferred)),
      ...(preferred === null ? [] : screeningSentence(evaluation, preferred)),
      ...missingSentence(evaluation),
      ...assimilationSentence(evaluation),
      ...priorsSentence(evaluation),
      ...(comparison === undefined || preferred === null ? [] : sharingSentence(comparison, preferred, sharedThings(evaluation))),
    ],
  }
}

function warningsOf(evaluation: Evaluation): string[] {
  const { faulty, agents, days } = evaluation
  const all = scenarioRules(evaluation)
  const exceeded = all.filter(([, { tolerance }]) => tolerance.exceeded)
  const onDays = all.filter(([, { tolerance }]) => !tolerance.exceeded && tolerance.exceededDays > 0)
  const warnings: string[] = []
  if (exceeded.length > 0) {
    const bounds = exceeded.map(([label, { tolerance }]) => `${label} (tolerates ${tolerance.bound})`)
    warnings.push(
      `${faulty.length} of ${counted(Object.keys(agents).length, 'agent')} ${faulty.length === 1 ? 'is' : 'are'} faulty, ` +
        `beyond the bound of ${listed(bounds)}: what ${exceeded.length === 1 ? 'this rule says' : 'these rules say'} carries no guarantee.`,
    )
  }
  for (const [label, { tolerance }] of onDays) {
    warnings.push(
      `On ${tolerance.exceededDays} of ${counted(days, 'day')} so few reports arrived that the faulty ones among them were beyond the bound of ${label}: what it said on those days carries no guarantee.`,
    )
  }
  return warnings
}

function faultySentence(evaluation: Evaluation): string {
  const { faulty, agents } = evaluation
  const count = counted(Object.keys(agents).length, 'agent')
  if (faulty.length === 0) return `None of the ${count} is faulty by design.`
  const who = faulty.map(({ agent, description }) => `${agent} (${description})`)
  const within = scenarioRules(evaluation).filter(
    ([, { tolerance }]) => tolerance.bound !== null && !tolerance.exceeded && tolerance.exceededDays === 0,
  )
  const tolerated = within.length === 0 ? '' : ` Within their bounds: ${listed(within.map(([label]) => label))}.`
  return `${faulty.length} of ${count} ${faulty.length === 1 ? 'is' : 'are'} faulty by design: ${listed(who)}.${tolerated}`
}

function agreementSentence({ agreement }: Evaluation): string[] {
  if (agreement === null) return []
  const { protocol, epsilon, largestSpread, days, agreedDays, latestMs } = agreement
  const within = protocol === 'wMsr' ? 'no epsilon is promised' : `${epsilon} promised`
  return [
    `Without a coordinator every honest agent had a decision on ${agreedDays} of ${counted(days, 'day')}; the largest difference of any two, ` +
      `in any quantile or shortfall, was ${short(largestSpread)} points (${within}). The last agent was done ${fixed(latestMs, 1)} virtual ms after the opening.`,
  ]
}

/** Three digits of a number that may be tiny. */
const short = (x: number): string => (x === 0 ? '0' : x.toPrecision(3))

function coverageSentences({ rules, levels }: Evaluation, label: string): string[] {
  const scores = levels.map(level => rules[label].levels[String(level)]).filter(({ days }) => days > 0)
  if (scores.length === 0) return [`The ${label} rule had no report to work with on any day.`]
  const hits = scores.map(
    ({ level, hits, expectedHits }) => `${hits} at ${percent(level)} (${fixedExpected(expectedHits)} expected)`,
  )
  const rejected = scores.filter(({ kupiecP }) => kupiecP !== null && kupiecP < 0.05)
  const verdict =
    rejected.length === 0
      ? 'Kupiec’s test rejects none of these rates at 5 %'
      : `Kupiec’s test rejects the rate at ${listed(rejected.map(({ level, kupiecP }) => `${percent(level)} (p ${pValue(kupiecP)})`))}`
  return [
    `Of ${counted(scores[0].days, 'day')}, the return fell below ${label === 'agreement' ? 'the agreement’s' : `the ${label} rule’s`} −VaR on ${listed(hits)}: ${verdict}.`,
  ]
}

function bestRuleSentence({ rules, levels }: Evaluation): string[] {
  const level = levels[0]
  const scored = Object.entries(rules).flatMap(([label, { levels: scores }]) => {
    const loss = scores[String(level)]?.meanPinball ?? null
    return loss === null ? [] : [{ label, loss }]
  })
  if (scored.length < 2) return []
  scored.sort((a, b) => a.loss - b.loss)
  const worst = scored[scored.length - 1]
  if (worst.loss === scored[0].loss)
    return [`All rules have the same pinball loss at ${percent(level)}, ${fixed(worst.loss, 4)}.`]
  const best = scored.filter(({ loss }) => loss === scored[0].loss).map(rule => rule.label)
  return [
    `At ${percent(level)} the least pinball loss is that of ${listed(best)} (${fixed(scored[0].loss, 4)}), the largest that of ` +
      `${worst.label} (${fixed(worst.loss, 4)}).`,
  ]
}

function againstMeanSentence({ rules, levels }: Evaluation, label: string): string[] {
  const score: RuleLevelScore = rules[label].levels[String(levels[0])]
  const comparison = score.pinballAgainstMean
  if (comparison === null) return []
  const { meanDifference, pValue: p } = comparison
  return [
    `The ${label} rule loses ${fixed(Math.abs(meanDifference), 4)} ${meanDifference < 0 ? 'less' : 'more'} than the plain mean ` +
      `at ${percent(levels[0])} (Diebold–Mariano p ${pValue(p)}${p < 0.05 ? '' : ', not distinguishable from no difference'}).`,
  ]
}

function screeningSentence({ rules, levels, blame }: Evaluation, label: string): string[] {
  const screened = Object.values(rules).find(({ unscreened }) => unscreened === label)
  if (screened === undefined) return []
  const convicted = blame.filter(({ counts }) => counts.quarantined > 0)
  const who =
    convicted.length === 0
      ? 'Screening quarantined nobody'
      : `Screening quarantined ${listed(convicted.map(({ agent, readmitted }) => `${agent}${readmitted > 0 ? ' (let back later)' : ''}`))}`
  const key = String(levels[0])
  const comparison = screened.levels[key].pinballAgainstUnscreened
  if (comparison === null) return [`${who}; the ${label} rule’s losses at ${percent(levels[0])} are the same with it.`]
  const [before, after] = [rules[label], screened].map(({ levels: scores }) => fixed(scores[key].meanPinball, 4))
  const { meanDifference, pValue: p } = comparison
  const effect = meanDifference < 0 ? 'lowered' : 'raised'
  return [
    `${who}; it ${effect} the ${label} rule’s mean pinball loss at ${percent(levels[0])} from ${before} to ${after} ` +
      `(Diebold–Mariano p ${pValue(p)}${p < 0.05 ? '' : ', not distinguishable from no difference'}).`,
  ]
}

function missingSentence({ agents, levels, days }: Evaluation): string[] {
  const missing = Object.entries(agents)
    .map(([id, { levels: scores }]) => ({ id, missing: scores[String(levels[0])].missing }))
    .filter(agent => agent.missing > 0)
  if (missing.length === 0) return []
  const parts = missing.map(({ id, missing }) =>
    missing === days ? `${id} on every day` : `${id} on ${counted(missing, 'day')}`,
  )
  return [`Without an accepted report: ${listed(parts)}.`]
}

function assimilationSentence({ assimilations, faulty }: Evaluation): string[] {
  if (assimilations.count === 0) return []
  const pooled = `Agents pooled their posterior with their neighbours’ ${counted(assimilations.count, 'time')}`
  return [withFaulty(pooled, assimilations, faulty.length)]
}

function priorsSentence({ priorsLearned, priorLearners, faulty }: Evaluation): string[] {
  if (priorLearners.length === 0) return []
  const who = counted(priorLearners.length, 'agent')
  if (priorsLearned.count === 0)
    return [`${who} would have learned priors from earlier windows, but no training used one: the notes say why.`]
  return [
    withFaulty(
      `${who} learned priors from earlier windows ${counted(priorsLearned.count, 'time')}`,
      priorsLearned,
      faulty.length,
    ),
  ]
}

function withFaulty(what: string, { tookInFaulty, honestAgentsThatDid }: IntakeCount, faulty: number): string {
  if (faulty === 0) return `${what}.`
  if (tookInFaulty === 0) return `${what}; no honest agent took in a faulty one’s.`
  return `${what}; ${counted(tookInFaulty, 'time')} an honest agent (${listed(honestAgentsThatDid)}) took in a faulty one’s.`
}

function sharingSentence({ rules, levels }: EvaluationComparison, label: string, what: string): string[] {
  const losses = rules[label]?.[String(levels[0])]?.pinball
  if (losses === undefined || losses.difference === null) return []
  const { first, second, difference } = losses
  const effect = difference < 0 ? 'lowered' : difference > 0 ? 'raised' : 'left unchanged'
  return [
    `${what} ${effect} the ${label} rule’s mean pinball loss at ${percent(levels[0])}: ${fixed(first, 4)} with, ${fixed(second, 4)} without. ` +
      'This is one seed: a difference between two runs, not a test.',
  ]
}

/** The rule that the summary and the first chart speak of: the median, else the first that tolerates the faulty, else the first. */
export function preferredRule({ rules }: Evaluation): string | null {
  const labels = Object.keys(rules)
  if (labels.includes('median')) return 'median'
  const bound = (label: string): number => rules[label].tolerance.bound ?? 0
  const robust = labels.filter(label => bound(label) > 0)
  return robust.find(label => bound(label) >= rules[label].tolerance.faulty) ?? robust[0] ?? labels[0] ?? null
}
