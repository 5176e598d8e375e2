import { isSwarmvarError } from '../base/index.js'
import { type Forecast, logDensity } from '../forecast/index.js'
import { stackingWeights } from '../inference/index.js'
import { varianceOf } from '../math/index.js'
import type { Id, Note } from '../network/index.js'
import {
  bernsteinStep,
  evenWeights,
  exponentialStep,
  fixedShareStep,
  minimumScoreWeights,
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
  /** Past days, oldest first; a row has one number an agent. */
  readonly past: {
    readonly vars: Float64Array[]
    readonly shortfalls: Float64Array[]
    readonly logs: Float64Array[]
    readonly returns: number[]
  }
  sinceFit: number
  /** Standard deviation of the training returns, percent; 1 while there are none. */
  sd: number
}

export const openLearner = (agents: number): Learner => ({
  weights: new Float64Array(agents).fill(1 / agents),
  logWeights: evenWeights(agents),
  past: { vars: [], shortfalls: [], logs: [], returns: [] },
  sinceFit: 0,
  sd: 1,
})

/** What the training window says of the market's scale. */
export function calibrateLearner(learner: Learner, returns: Float64Array): void {
  const sd = returns.length < 2 ? 0 : Math.sqrt(varianceOf(returns))
  if (sd > 0 && Number.isFinite(sd)) learner.sd = sd
}

/**
 * Learns from yesterday's accepted reports and the return that came. Who said nothing is taken to have lost, or said, what
 * the others did on average. Notes new estimates.
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
    const said = own.filter(x => x !== null)
    const mean = said.reduce((sum, x) => sum + x, 0) / said.length
    return Float64Array.from(own, x => x ?? mean)
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
  if (learner.past.returns.length < plan.leastDays || ++learner.sinceFit < plan.everyDays) return []
  learner.sinceFit = 0
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
const ABSURD = 1e6
const TINY = 1e-6

function remember(
  { kind, level, pastDays }: FittedWeights,
  { past, sd }: Learner,
  row: (value: (forecast: Forecast) => number) => Float64Array,
  ret: number,
): void {
  const within = (x: number, least: number): number => Math.min(Math.max(x, least), ABSURD)
  if (kind === 'stacking') past.logs.push(row(forecast => logDensity(forecast, ret)))
  else {
    past.vars.push(row(({ levels, quantiles }) => within((0 - quantiles[levels.indexOf(level)]) / sd, -ABSURD)))
    past.shortfalls.push(row(({ riskLevels, shortfalls }) => within(shortfalls[riskLevels.indexOf(level)] / sd, TINY)))
  }
  past.returns.push(ret / sd)
  if (pastDays === undefined || past.returns.length <= pastDays) return
  for (const list of [past.vars, past.shortfalls, past.logs, past.returns]) list.shift()
}

function estimate({ kind, level }: FittedWeights, learner: Learner, agents: readonly Id[], label: string): Note[] {
  const { vars, shortfalls, logs, returns } = learner.past
  try {
    learner.weights =
      kind === 'stacking'
        ? stackingWeights(columns(logs))
        : (kind === 'relativeScore' ? relativeScoreWeights : minimumScoreWeights)(
            { vars: columns(vars), shortfalls: columns(shortfalls), returns },
            level,
          )
  } catch (error) {
    if (!isSwarmvarError(error)) throw error
    return [{ kind: 'weights-kept', detail: `${label} keeps its last weights: ${error.code}` }]
  }
  const shares = agents.map((id, i) => [id, learner.weights[i]] as const).filter(([, weight]) => weight >= 0.005)
  shares.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  const detail = `${label} from ${returns.length} days: ${shares.map(([id, weight]) => `${id} ${weight.toFixed(2)}`).join(', ')}`
  return [{ kind: 'weights-learned', detail }]
}

/** Days x agents as one row an agent. */
const columns = (rows: readonly Float64Array[]): Float64Array[] =>
  Array.from(rows[0], (_, i) => Float64Array.from(rows, row => row[i]))

/** The weights of those agents; equal ones when none of them has any. */
export function weightsAmong({ weights }: Learner, agents: readonly Id[], ids: readonly Id[]): Float64Array {
  const own = Float64Array.from(ids, id => weights[agents.indexOf(id)])
  return own.some(weight => weight > 0) ? own : own.fill(1)
}
