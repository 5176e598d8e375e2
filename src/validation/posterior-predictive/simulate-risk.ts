import { childKey, type Key, refuse, rootKey } from '../../base/index.js'
import { type Model, type Training, train } from '../../models/index.js'
import { convergence, type Estimate, estimateDraws, estimateRisk, methodTable, type Position } from '../../montecarlo/index.js'

export interface SimulateRiskOptions {
  readonly seed: string
  /** Left-tail levels inside (0, .5), by default .01. */
  readonly levels?: readonly number[]
  /** VaR and ES are of the cumulative return over so many days; by default 10. */
  readonly horizonDays?: number
  /** Names of `methodTable`; by default all. */
  readonly methods?: readonly string[]
  /** Paths a method may evaluate, pilot runs included; by default 100,000. */
  readonly paths?: number
  /** Budgets of the convergence study, each half the next; by default none. */
  readonly convergenceSteps?: number
}

/** What a level's simulation found, beside what needs none. */
export interface LevelSimulation {
  readonly level: number
  /** The next day, as the model forecasts it: closed form. */
  readonly oneDay: Risk
  /** The next day's times the root of the horizon: what would hold if days were independent, alike and normal around 0. */
  readonly squareRootOfTime: Risk
  readonly estimates: readonly Estimate[]
  /** One row of growing budgets a method; empty where none was asked for. */
  readonly convergence: readonly (readonly Estimate[])[]
}

interface Risk {
  readonly var: number
  readonly es: number
}

export interface RiskSimulation {
  readonly model: string
  readonly seed: string
  readonly horizonDays: number
  readonly paths: number
  readonly levels: readonly LevelSimulation[]
  /** Why fewer methods answer than were asked for; null when all did. */
  readonly remark: string | null
}

const HORIZON_MAX = 1000
const PATHS = 100_000
/** Simulated days of one method. */
const STEPS_MAX = 50_000_000
/** Numbers that one call of a model's own simulation is asked for. */
const CALL_MAX = 4_000_000

/**
 * Trains a model as `fit` and `predict` do, and simulates VaR and ES of its posterior predictive by every method: each path has a parameter
 * draw of its own and lives through the model day by day. A model without `scorePaths` answers with plain Monte Carlo only,
 * and `remark` says so.
 * Errors: as `fit` and `estimateRisk`; BAD_HORIZON, NO_SIMULATION (the model cannot simulate).
 */
export function simulateRisk<S>(
  model: Model<S>,
  history: ArrayLike<number>,
  options: SimulateRiskOptions & Training,
): RiskSimulation {
  const { seed, chains, draws, start } = options ?? {}
  checked(model, options)
  const training = { seed, ...(chains === undefined ? {} : { chains }), ...(draws === undefined ? {} : { draws }) }
  return simulateRiskFrom(model, train(model, history, { ...training, ...(start === undefined ? {} : { start }) }), options)
}

/** The same from a trained state. */
export function simulateRiskFrom<S>(model: Model<S>, state: S, options: SimulateRiskOptions): RiskSimulation {
  const { seed, levels, horizonDays, methods, paths, convergenceSteps } = checked(model, options)
  const key = childKey(rootKey(seed), 'simulate')
  const position = predictivePosition(model, state, horizonDays)
  const losses = position === null ? plainLosses(model, state, horizonDays, paths, childKey(key, 'paths')) : null
  return {
    model: model.name,
    seed,
    horizonDays,
    paths,
    levels: levels.map(level => {
      const at = Float64Array.of(level)
      const { quantiles, shortfalls } = model.forecast(state, { levels: at, riskLevels: at })
      const oneDay = { var: 0 - quantiles[0], es: shortfalls[0] }
      const root = Math.sqrt(horizonDays)
      const own = { level, paths, seed }
      return {
        level,
        oneDay,
        squareRootOfTime: { var: root * oneDay.var, es: root * oneDay.es },
        estimates: losses === null ? methods.map(method => estimateRisk(position!, method, own)) : [estimateDraws(losses, level)],
        convergence:
          convergenceSteps === 0
            ? []
            : losses === null
              ? methods.map(method => convergence(position!, method, { ...own, steps: convergenceSteps }))
              : [growing(losses, level, convergenceSteps)],
      }
    }),
    remark:
      position === null && (methods.length !== 1 || methods[0] !== 'plain')
        ? `${model.name} simulates by its own draws and not from given scores: plain Monte Carlo only`
        : null,
  }
}

/** The loss of a model's cumulative return over several days as a position; null where the model takes no scores. */
export function predictivePosition<S>(model: Model<S>, state: S, horizonDays: number): Position | null {
  const paths = model.scorePaths?.(state, horizonDays)
  if (paths === undefined) return null
  return {
    name: `${model.name} over ${horizonDays} days`,
    dimension: paths.dimension,
    losses: (scores, count) => paths.returns(scores, count).map(ret => -ret),
  }
}

function plainLosses<S>(model: Model<S>, state: S, days: number, paths: number, key: Key): Float64Array {
  const { simulate } = model
  if (simulate === undefined)
    return refuse('NO_SIMULATION', `${model.name}, which cannot simulate`, 'a model that can simulate', 'model')
  const losses = new Float64Array(paths)
  const perCall = Math.max(1, Math.floor(CALL_MAX / days))
  for (let from = 0, call = 0; from < paths; from += perCall, call++) {
    const count = Math.min(perCall, paths - from)
    const returns = simulate(state, days, count, childKey(key, call))
    for (let i = 0; i < count; i++) for (let t = 0; t < days; t++) losses[from + i] -= returns[i * days + t]
  }
  return losses
}

/** Separate parts of the same paths, each twice as long as the one before. */
function growing(losses: Float64Array, level: number, steps: number): Estimate[] {
  const estimates: Estimate[] = []
  for (let end = losses.length, step = 0; step < steps; end >>= 1, step++) {
    const part = losses.subarray(end >> 1, end)
    if (part.length < 2000 || part.length * level < 50) break
    estimates.unshift(estimateDraws(part, level))
  }
  return estimates
}

function checked<S>(model: Model<S>, options: SimulateRiskOptions) {
  if (typeof model?.forecast !== 'function') refuse('BAD_MODEL', model, 'a Model', 'model')
  const {
    seed,
    levels = [0.01],
    horizonDays = 10,
    methods = Object.keys(methodTable),
    paths = PATHS,
    convergenceSteps = 0,
  } = options ?? {}
  if (typeof seed !== 'string') refuse('BAD_SEED', seed, 'a string', 'options.seed')
  if (!Array.isArray(levels) || levels.length === 0) refuse('BAD_LEVEL', levels, 'at least one level', 'levels')
  if (!(Number.isInteger(horizonDays) && horizonDays >= 1 && horizonDays <= HORIZON_MAX))
    refuse('BAD_HORIZON', horizonDays, `a whole number of days from 1 to ${HORIZON_MAX}`, 'horizonDays')
  if (!(Number.isInteger(paths) && paths >= 2000 && paths <= STEPS_MAX / horizonDays))
    refuse('BAD_PATHS', paths, `a whole number from 2000 to ${Math.floor(STEPS_MAX / horizonDays)}`, 'paths')
  if (!Array.isArray(methods) || methods.length === 0) refuse('UNKNOWN_METHOD', methods, 'at least one method', 'methods')
  for (const method of methods)
    if (!Object.hasOwn(methodTable, method))
      refuse('UNKNOWN_METHOD', method, `one of ${Object.keys(methodTable).join(', ')}`, 'methods')
  if (!(Number.isInteger(convergenceSteps) && convergenceSteps >= 0 && convergenceSteps <= 30))
    refuse('BAD_STEPS', convergenceSteps, 'a whole number from 0 to 30', 'convergenceSteps')
  return { seed, levels, horizonDays, methods, paths, convergenceSteps }
}
