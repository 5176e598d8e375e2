import {
  type AgentInput,
  type AttackSpec,
  defineScenario,
  type HeatMap,
  type Point,
  type RuleSpec,
  runIfMain,
  type SweepResult,
} from 'swarmvar'
import { ruleTable } from 'swarmvar/rules'

// Every attack against every rule. Thirteen agents that learn in microseconds, two of them liars (so that eleven are left, whom Bulyan needs), follow the S&P 500 into spring 2020.
// Each attack is one run under all rules; the adaptive one has a run with each rule alone, and stands in its column. The sweep is
// paired: all runs have one seed, so what a rule says under attack is compared with what it says of the same agents' truths, day by day.

/** The number of liars, which every rule is told. */
const F = 2

/** What rules are told: nothing, or the number of liars, or else what stands here, by their names. */
const told: { readonly [rule: string]: { readonly [parameter: string]: unknown } } = {
  centeredClipping: { tau: 1, steps: 3 },
  medianOfMeans: { blocks: 2 * F + 1 },
  multiKrum: { f: F, m: 5 },
}

/** Every rule that there is, by its name. */
const plain = Object.keys(ruleTable)
  .sort()
  .flatMap((name): (readonly [string, RuleSpec])[] => {
    const spec = [told[name] ?? {}, {}, { f: F }].find(params => accepts(name, params))
    return spec === undefined ? [] : [[name, { name, ...spec }]]
  })

/** What stands at the head of its column, and the rule; the last ones work on reports that were mixed or put into buckets before. */
const rules: { readonly [title: string]: RuleSpec } = {
  ...Object.fromEntries(plain),
  'mixing, then trimmedMean': { name: 'trimmedMean', f: F, preaggregate: { name: 'nearestNeighbourMixing', f: F } },
  'buckets, then median': { name: 'median', preaggregate: { name: 'bucketing', size: 2 } },
}

function accepts(rule: string, params: { readonly [parameter: string]: unknown }): boolean {
  try {
    ruleTable[rule].parameters(params)
    return true
  } catch {
    return false
  }
}

const understate = { direction: 'understate' } as const
const overstate = { direction: 'overstate' } as const

const attacks: { readonly [name: string]: AttackSpec } = {
  silence: { kind: 'silence' },
  'omission, half': { kind: 'omission', probability: 0.5 },
  'staleness, 20 days': { kind: 'staleness', lagDays: 20 },
  'bias, risk × 0.01': { kind: 'bias', riskScale: 0.01 },
  'bias, risk × 3': { kind: 'bias', riskScale: 3 },
  'bias, VaR of 1000': { kind: 'bias', value: 1000 },
  'sign flip': { kind: 'signFlip' },
  'noise, sd 3': { kind: 'noise', sd: 3 },
  malformed: { kind: 'malformed' },
  equivocation: { kind: 'equivocation' },
  'scaled mean, ε = 0.1': { kind: 'scaledMean', epsilon: 0.1 },
  'scaled mean, ε = 10': { kind: 'scaledMean', epsilon: 10 },
  'a little is enough, understate': { kind: 'aLittleIsEnough', ...understate },
  'a little is enough, overstate': { kind: 'aLittleIsEnough', ...overstate },
  'a little more, z = 1.5': { kind: 'aLittleIsEnough', z: 1.5, ...understate },
  mimic: { kind: 'mimic' },
  'within range, understate': { kind: 'withinRange', ...understate },
  'within range, overstate': { kind: 'withinRange', ...overstate },
  'edge, understate': { kind: 'edge', ...understate },
  'together: risk × 0.01': { kind: 'collusion', lie: { kind: 'bias', riskScale: 0.01 } },
  'together: staleness': { kind: 'collusion', lie: { kind: 'staleness', lagDays: 20 } },
}

/** Told once for every rule. */
const adaptive = { 'adaptive, understate': understate, 'adaptive, overstate': overstate } as const

const NONE = 'none'
const against = (attack: string, rule: string): string => `${attack}: ${rule}`

const allAttacks: { readonly [name: string]: AttackSpec } = {
  ...attacks,
  ...Object.fromEntries(
    Object.entries(adaptive).flatMap(([name, { direction }]) =>
      Object.entries(rules).map(([title, { name: rule }]) => [
        against(name, title),
        { kind: 'adaptive', against: rule, direction },
      ]),
    ),
  ),
}

const agents: readonly AgentInput[] = [
  { id: 'bootstrap-125', model: { name: 'bayesianBootstrap', options: { window: 125 } } },
  { id: 'bootstrap-250', model: { name: 'bayesianBootstrap', options: { window: 250 } } },
  { id: 'bootstrap-500', model: { name: 'bayesianBootstrap', options: { window: 500 } } },
  { id: 'ewma-90', model: { name: 'ewma', options: { lambda: 0.9 } } },
  { id: 'ewma-94', model: { name: 'ewma', options: { lambda: 0.94 } } },
  { id: 'ewma-97', model: { name: 'ewma', options: { lambda: 0.97 } } },
  { id: 'ewma-99', model: { name: 'ewma', options: { lambda: 0.99 } } },
  { id: 'history-250', model: { name: 'historicalSimulation', options: { window: 250 } } },
  { id: 'history-500', model: { name: 'historicalSimulation', options: { window: 500 } } },
  { id: 'normal-25', model: { name: 'normalInverseGamma', options: { memory: 25 } } },
  { id: 'normal-50', model: { name: 'normalInverseGamma', options: { memory: 50 } } },
  { id: 'normal-100', model: { name: 'normalInverseGamma', options: { memory: 100 } } },
  { id: 'normal-200', model: { name: 'normalInverseGamma', options: { memory: 200 } } },
]

const liars = ['ewma-94', 'history-250']

/** The rules of a run: all of them, or the one that adaptive liars try their lies on. */
function rulesAt(attack: string): readonly RuleSpec[] {
  const alone = Object.keys(rules).find(title => Object.keys(adaptive).some(name => attack === against(name, title)))
  return alone === undefined ? Object.values(rules) : [rules[alone]]
}

/** The scenario at a point of the grid: the liars have the attack. */
export const at = ({ attack }: Point) => {
  const behaviour = attack === NONE ? {} : { attack: allAttacks[String(attack)] }
  return defineScenario({
    name: 'attack-tournament',
    market: 'sp500',
    window: 500,
    days: 250,
    agents: agents.map(agent => (liars.includes(agent.id) ? { ...agent, behaviour } : agent)),
    rules: [...rulesAt(String(attack))],
  })
}

export const grid = { attack: [NONE, ...Object.keys(allAttacks)] }
export const paired = true

const LEVEL = '0.01'
const rows = [...Object.keys(attacks), ...Object.keys(adaptive)]
const columns = Object.keys(rules)

/** A run's label of a rule: its name, with a number when another of that name stands before it. */
function labelOf(title: string, attack: string): string {
  if (attack in adaptive) return rules[title].name
  const same = columns.filter(other => rules[other].name === rules[title].name)
  return same.indexOf(title) === 0 ? rules[title].name : `${rules[title].name}#${same.indexOf(title) + 1}`
}

/** The run of an attack as far as a rule is concerned. */
function runOf(results: readonly SweepResult[], attack: string, title: string): SweepResult['trace'] | undefined {
  const name = attack in adaptive ? against(attack, title) : attack
  return results.find(({ point }) => point.attack === name)?.trace
}

const dailyVar = (results: readonly SweepResult[], attack: string, title: string) =>
  runOf(results, attack, title)?.dailyVar?.[labelOf(title, attack)]?.[LEVEL]

/** Mean |VaR - VaR without attack| over mean VaR without attack, percent. */
function varError(results: readonly SweepResult[], attack: string, title: string): number | null {
  const lied = dailyVar(results, attack, title)
  const honest = dailyVar(results, NONE, title)
  if (lied === undefined || honest === undefined) return null
  let [off, size] = [0, 0]
  honest.forEach((x, day) => {
    const y = lied[day]
    if (x === null || y === null) return
    off += Math.abs(y - x)
    size += Math.abs(x)
  })
  return size > 0 ? (100 * off) / size : null
}

const pinball = (results: readonly SweepResult[], attack: string, title: string): number | null =>
  runOf(results, attack, title)?.rules[labelOf(title, attack)]?.[LEVEL].pinball ?? null

/** Rules against attacks: how far the VaR is off, and what that cost. */
export function heatMaps(results: readonly SweepResult[]): HeatMap[] {
  const shape = { rowTitle: 'attack', columnTitle: 'rule', columns, scale: 'log' } as const
  return [
    {
      ...shape,
      title: 'VaR error, percent',
      caption:
        'How far each rule’s 99 % VaR is from what the same rule says when nobody lies: mean absolute difference over the mean VaR. ' +
        'The adaptive liars of a column know its rule.',
      rows,
      values: rows.map(attack => columns.map(rule => varError(results, attack, rule))),
      range: [1, 100],
      unit: '%',
      digits: 1,
    },
    {
      ...shape,
      title: 'Pinball loss against that without liars',
      caption:
        'Each rule’s mean pinball loss at 1 %, over its own without attack: 1 is no harm; below 1 the lie happened to help.',
      rows,
      values: rows.map(attack =>
        columns.map(rule => {
          const [lied, honest] = [pinball(results, attack, rule), pinball(results, NONE, rule)]
          return lied === null || honest === null || honest === 0 ? null : lied / honest
        }),
      ),
      range: [0.8, 3],
      digits: 2,
    },
    {
      ...shape,
      title: 'Pinball loss',
      caption: 'Mean pinball loss at 1 %, percent; less is better. The first row is the control without liars.',
      rows: [NONE, ...rows],
      values: [NONE, ...rows].map(attack => columns.map(rule => pinball(results, attack, rule))),
      range: [0.05, 0.5],
      digits: 3,
    },
  ]
}

/** Each rule's worst attack, and its pinball loss then over its own without liars, the least harmed rule first. */
export function conclude(results: readonly SweepResult[]): string[] {
  const worst = columns.map(rule => {
    const errors = rows.map(attack => ({ attack, error: varError(results, attack, rule) ?? 0 }))
    return { rule, ...errors.reduce((most, one) => (one.error > most.error ? one : most)) }
  })
  worst.sort((a, b) => a.error - b.error)
  return worst.map(({ rule, attack, error }) => {
    const loss = (pinball(results, attack, rule) ?? Number.NaN) / (pinball(results, NONE, rule) ?? Number.NaN)
    const size = error < 1000 ? `${error.toFixed(1)} %` : `${(error / 100).toFixed(0)} times`
    return `${rule}: VaR off by ${size} at worst (${attack}), pinball loss then × ${loss.toFixed(2)}`
  })
}

const scenario = at({ attack: 'a little is enough, understate' })
export default scenario
runIfMain(module, scenario)
