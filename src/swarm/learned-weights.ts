import { isSwarmvarError } from '../base/index.js'
import { type Forecast, logDensity } from '../forecast/index.js'
import { stackingWeights } from '../inference/index.js'
import { medianOfSorted, varianceOf } from '../math/index.js'
import type { Id, Note } from '../network/index.js'
import {
  bernsteinStep,
  evenWeights,
  exponentialStep,
  fixedShareStep,
  minimumScoreWeights,
  type PastRisks,
  relativeScoreWeights,
  weightsOf,
} from '../rules/index.js'
import { unitLoss } from './track-record.js'

/** Weights that the coordinator learns for one rule, day by day, from losses after the fact. */
export type WeightsPlan = OnlineWeights | FittedWeights

/** Updated by every day's losses. */
export interface OnlineWeights {
  readonly kind: 'exponential' | 'fixedShare' | 'bernstein'
  readonly level: number
  readonly loss: 'pinball' | 'fz0'
  readonly eta: number
  /** Of fixed share. */
  readonly alpha: number
}

/** Estimated anew from what was said before, and equal ones until there are `leastDays` of it. */
export interface FittedWeights {
  readonly kind: 'relativeScore' | 'minimumScore' | 'stacking'
  readonly level: number
  readonly everyDays: number
  readonly leastDays: number
  /** How many days back; all where absent. */
  readonly pastDays?: number
}

export interface Learner {
  weights: Float64Array
  logWeights: Float64Array
  /** Past days, oldest first, one list an agent. */
  readonly past: {
    readonly vars: readonly number[][]
    readonly shortfalls: readonly number[][]
    readonly logs: readonly number[][]
    readonly returns: number[]
  }
  /** Days until the next estimate is due. */
  dueInDays: number
  /** Standard deviation of the training returns, percent; 1 while there are none. */
  sd: number
}

const lists = (count: number): number[][] => Array.from({ length: count }, () => [])

export const openLearner = (agents: number): Learner => ({
  weights: new Float64Array(agents).fill(1 / agents),
  logWeights: evenWeights(agents),
  past: { vars: lists(agents), shortfalls: lists(agents), logs: lists(agents), returns: [] },
  dueInDays: 0,
  sd: 1,
})

/** What the training window says of the market's scale. */
export function calibrateLearner(learner: Learner, returns: Float64Array): void {
  const sd = returns.length < 2 ? 0 : Math.sqrt(varianceOf(returns))
  if (sd > 0 && Number.isFinite(sd)) learner.sd = sd
}

/**
 * Learns from yesterday's accepted reports and the return that came. Who said nothing is taken to have lost, or said, what
 * the others did at the median; who said what is absurd has no weight as long as that is remembered. Notes new estimates.
 */
export function learnWeights(
  plan: WeightsPlan,
  learner: Learner,
  agents: readonly Id[],
  reports: ReadonlyMap<Id, { readonly forecast: Forecast }>,
  ret: number,
  label: string,
): Note[] {
  if (reports.size === 0) return []
  const row = (value: (forecast: Forecast) => number): Float64Array => {
    const own = agents.map(id => {
      const report = reports.get(id)
      return report === undefined ? null : value(report.forecast)
    })
    const middle = medianOfSorted(Float64Array.from(own.filter(x => x !== null)).sort())
    return Float64Array.from(own, x => x ?? middle)
  }
  if (isOnline(plan)) {
    step(
      plan,
      learner,
      row(forecast => unitLoss(forecast, plan.level, ret, plan.loss, learner.sd)),
    )
    return []
  }
  remember(plan, learner, row, ret)
  if (learner.past.returns.length < plan.leastDays || learner.dueInDays-- > 0) return []
  learner.dueInDays = plan.everyDays - 1
  return estimate(plan, learner, agents, label)
}

const isOnline = (plan: WeightsPlan): plan is OnlineWeights => 'eta' in plan

function step({ kind, eta, alpha }: OnlineWeights, learner: Learner, losses: Float64Array): void {
  const { logWeights } = learner
  learner.logWeights =
    kind === 'exponential'
      ? exponentialStep(logWeights, losses, eta)
      : kind === 'fixedShare'
        ? fixedShareStep(logWeights, losses, eta, alpha)
        : bernsteinStep(logWeights, losses, eta)
  learner.weights = weightsOf(learner.logWeights)
}

/** In units of the market's standard deviation: what a VaR may say at most, and an ES at least. */
const ABSURD = 1e3
const TINY = 1e-6

function remember(
  { kind, level, pastDays }: FittedWeights,
  { past, sd }: Learner,
  row: (value: (forecast: Forecast) => number) => Float64Array,
  ret: number,
): void {
  const add = (to: readonly number[][], values: Float64Array): void => {
    values.forEach((x, i) => {
      to[i].push(x)
    })
  }
  const within = (x: number, least: number): number => Math.min(Math.max(x, least), ABSURD)
  if (kind === 'stacking')
    add(
      past.logs,
      row(forecast => logDensity(forecast, ret)),
    )
  else {
    add(
      past.vars,
      row(({ levels, quantiles }) => within((0 - quantiles[levels.indexOf(level)]) / sd, -ABSURD)),
    )
    add(
      past.shortfalls,
      row(({ riskLevels, shortfalls }) => within(shortfalls[riskLevels.indexOf(level)] / sd, TINY)),
    )
  }
  past.returns.push(ret / sd)
  if (pastDays === undefined || past.returns.length <= pastDays) return
  for (const list of [...past.vars, ...past.shortfalls, ...past.logs, past.returns]) list.shift()
}

function estimate({ kind, level }: FittedWeights, learner: Learner, agents: readonly Id[], label: string): Note[] {
  const { vars, shortfalls, logs, returns } = learner.past
  try {
    learner.weights =
      kind === 'stacking'
        ? stackingWeights(logs.map(list => Float64Array.from(list)))
        : weightsBy(kind === 'relativeScore' ? relativeScoreWeights : minimumScoreWeights, { vars, shortfalls, returns }, level)
  } catch (error) {
    if (!isSwarmvarError(error)) throw error
    return [{ kind: 'weights-kept', detail: `${label} keeps its last weights: ${error.code}` }]
  }
  const shares = agents.map((id, i) => [id, learner.weights[i]] as const).filter(([, weight]) => weight >= 0.005)
  shares.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  const detail = `${label} from ${returns.length} days: ${shares.map(([id, weight]) => `${id} ${weight.toFixed(2)}`).join(', ')}`
  return [{ kind: 'weights-learned', detail }]
}

/** Weights of those who never said what is absurd, the others having none; equal ones where nobody is left. */
function weightsBy(learn: typeof relativeScoreWeights, { vars, shortfalls, returns }: PastRisks, level: number): Float64Array {
  const isSober = (list: ArrayLike<number>): boolean => Array.from(list).every(x => Math.abs(x) < ABSURD)
  const kept = [...vars.keys()].filter(i => isSober(vars[i]) && isSober(shortfalls[i]))
  const weights = new Float64Array(vars.length)
  if (kept.length === 0) return weights.fill(1 / vars.length)
  const found = learn({ vars: kept.map(i => vars[i]), shortfalls: kept.map(i => shortfalls[i]), returns }, level)
  kept.forEach((i, k) => {
    weights[i] = found[k]
  })
  return weights
}

/** The weights of those agents; equal ones when none of them has any. */
export function weightsAmong({ weights }: Learner, agents: readonly Id[], ids: readonly Id[]): Float64Array {
  const own = Float64Array.from(ids, id => weights[agents.indexOf(id)])
  return own.some(weight => weight > 0) ? own : own.fill(1)
}
