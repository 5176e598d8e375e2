import { assert } from '../base/index.js'
import { ruleTable } from '../rules/index.js'
import { ruleLabels, screenedLabel } from '../scenario/labels.js'
import type { RiskSeries, Trace } from '../scenario/trace.js'
import type { AgentSpec, RuleSpec } from '../scenario/types.js'
import { compareLosses } from './against-mean.js'
import { evaluateAgreement } from './agreement.js'
import { blameIn } from './blame.js'
import { calibrate } from './calibration.js'
import { faultyAgents, type RuleTable, toleranceOf } from './faults.js'
import { countIntakes, countNotes } from './notes.js'
import { type DailyLosses, dailyLosses, scoreLevel } from './score.js'
import type {
  AgentEvaluation,
  Evaluation,
  FaultyAgent,
  LevelScore,
  LossComparison,
  RuleEvaluation,
  RuleLevelScore,
} from './types.js'

/**
 * A Trace's risk tables. `faults` says who is faulty where that is not the scenario's list of attackers (a link that
 * garbles one sender); `rules` holds the rules of the scenario's `use` as well, else no bound is known for them.
 */
export function evaluate(
  trace: Trace,
  faults: readonly FaultyAgent[] = faultyAgents(trace.scenario),
  rules: RuleTable = ruleTable,
): Evaluation {
  const { scenario, days } = trace
  const labels = labelsOf(trace)
  return {
    scenario: scenario.name,
    seed: trace.seed,
    digest: trace.digest,
    days: days.length,
    firstDay: days[0] ?? '',
    lastDay: days[days.length - 1] ?? '',
    levels: levelsOf(trace),
    rules: Object.fromEntries(labels.map(each => [each.label, evaluateRule(trace, each, faults, rules)])),
    agents: Object.fromEntries(scenario.agents.map(agent => [agent.id, evaluateAgent(trace, agent, faults)])),
    faulty: [...faults],
    agreement: evaluateAgreement(trace),
    notes: countNotes(trace.notes),
    blame: blameIn(trace),
    assimilations: countIntakes(trace.notes, 'assimilated', faults),
    priorsLearned: countIntakes(trace.notes, 'prior-learned', faults),
    priorLearners: scenario.agents.filter(({ behaviour }) => behaviour.learnPrior !== undefined).map(({ id }) => id),
  }
}

interface Label {
  readonly label: string
  readonly spec: RuleSpec
  readonly unscreened: string | null
}

/** What the ensemble's labels stand for: the scenario's rules in its order, then, where there is screening, the same on screened reports. */
function labelsOf({ ensemble, scenario }: Trace): Label[] {
  const rules = decidersOf(scenario)
  const plain = ruleLabels(rules).map((label, i): Label => ({ label, spec: rules[i], unscreened: null }))
  const screened = plain.map(({ label, spec }): Label => ({ label: screenedLabel(label), spec, unscreened: label }))
  const expected = scenario.screening === undefined ? plain : [...plain, ...screened]
  const found = Object.keys(ensemble)
  assert(
    found.length === expected.length && expected.every(({ label }, i) => label === found[i]),
    'the rules of the trace are those of its scenario, in its order',
  )
  return expected
}

const levelsOf = ({ scenario }: Trace): number[] => [...scenario.riskLevels].sort((a, b) => a - b)

const byLevel = <Score>(trace: Trace, score: (level: number) => Score): { [level: string]: Score } =>
  Object.fromEntries(levelsOf(trace).map(level => [String(level), score(level)]))

const lossesOf = (trace: Trace, series: RiskSeries, level: number): DailyLosses => dailyLosses(trace.returns, series, level)

const scoreOf = (trace: Trace, series: RiskSeries, level: number): LevelScore =>
  scoreLevel(trace.returns, series, level, lossesOf(trace, series, level))

const evaluateAgent = (trace: Trace, { id, model }: AgentSpec, faults: readonly FaultyAgent[]): AgentEvaluation => ({
  model: model.name,
  fault: faults.find(({ agent }) => agent === id) ?? null,
  levels: byLevel(trace, level => scoreOf(trace, trace.agents[id][String(level)], level)),
  calibration: calibrate(trace.returns, trace.grid.levels, trace.grid.agents[id]),
})

/** The rules of a scenario, or the agreement in their place. */
const decidersOf = ({ rules, decision }: Trace['scenario']): readonly RuleSpec[] => {
  if (decision === undefined) return rules
  const { kind, ...parameters } = decision
  return [{ name: kind, ...parameters }]
}

function evaluateRule(
  trace: Trace,
  { label, spec, unscreened }: Label,
  faults: readonly FaultyAgent[],
  rules: RuleTable,
): RuleEvaluation {
  const { name, ...parameters } = spec
  return {
    name,
    parameters,
    unscreened,
    levels: byLevel(trace, level => scoreRule(trace, level, label, unscreened)),
    calibration: calibrate(trace.returns, trace.grid.levels, trace.grid.rules[label]),
    tolerance: toleranceOf(trace, spec, faults, rules),
  }
}

function scoreRule(trace: Trace, level: number, label: string, unscreened: string | null): RuleLevelScore {
  const score = scoreOf(trace, trace.ensemble[label][String(level)], level)
  const mean = label === 'mean' || trace.ensemble.mean === undefined ? null : 'mean'
  const againstMean = compareRules(trace, level, label, mean)
  const againstUnscreened = compareRules(trace, level, label, unscreened)
  return {
    ...score,
    pinballAgainstMean: againstMean.pinball,
    fz0AgainstMean: againstMean.fz0,
    pinballAgainstUnscreened: againstUnscreened.pinball,
    fz0AgainstUnscreened: againstUnscreened.fz0,
  }
}

/** One rule's losses against another's on the same days; FZ0 where both have it on all days. */
function compareRules(
  trace: Trace,
  level: number,
  label: string,
  other: string | null,
): { readonly pinball: LossComparison | null; readonly fz0: LossComparison | null } {
  if (other === null) return { pinball: null, fz0: null }
  const [series, reference] = [label, other].map(name => trace.ensemble[name][String(level)])
  const [losses, against] = [series, reference].map(each => lossesOf(trace, each, level))
  const isFz0Defined = [series, reference].every(({ es }) => !es.some(value => value <= 0))
  return {
    pinball: compareLosses(losses.pinball, against.pinball),
    fz0: isFz0Defined ? compareLosses(losses.fz0, against.fz0) : null,
  }
}
