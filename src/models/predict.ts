import { childKey, refuse, rootKey } from '../base/index.js'
import { type Training, train } from './fit.js'
import type { Model } from './model.js'
import { groupsOf, nestedIntervals, riskOf, sectionErrors, sectionsOf, simulateSums } from './nested.js'

/** VaR and ES of the posterior predictive, positive losses in percent. */
export interface Prediction {
  readonly level: number
  readonly horizonDays: number
  readonly var: number
  readonly es: number
  /**
   * The central 95 % of VaR(theta) over the posterior; null where there is no posterior (benchmarks) or, for several days, where the
   * model has no `simulateGroups`.
   */
  readonly varInterval95: readonly [number, number] | null
  /** The same of ES(theta); null also where the model gives none. */
  readonly esInterval95: readonly [number, number] | null
  /** Monte Carlo standard errors, and the number of paths behind them; absent where nothing was simulated. */
  readonly simulation?: {
    readonly paths: number
    readonly mcseVar: number
    readonly mcseEs: number
    /** Of the two ends of `varInterval95`. */
    readonly mcseInterval: readonly [number, number] | null
  }
}

export interface PredictOptions {
  readonly seed: string
  /** Days ahead, by default 1: VaR and ES are those of the cumulative return. */
  readonly horizonDays?: number
  /** Paths when the horizon is longer than a day, by default 500,000. */
  readonly paths?: number
}

const HORIZON_MAX = 1000
const LEVEL_MIN = 1e-12
const PATHS = 500_000
/** Simulated days altogether. */
const STEPS_MAX = 500_000_000
/** Paths that must fall into the tail. */
const TAIL_MIN = 200

/**
 * Trains a model on a history as `fit` does (same options, same posterior) and gives VaR and ES of its posterior predictive: of the
 * next day in closed form as the model forecasts it; over several days of the cumulative return, by simulation.
 * @param history log returns in percent, oldest first
 * @param options.level a left-tail level inside (0, .5)
 * Errors: as `fit`; BAD_LEVEL, BAD_HORIZON, BAD_PATHS, TOO_FEW_PATHS, NO_SIMULATION (several days from a model that cannot simulate).
 */
export function predict<S>(
  model: Model<S>,
  history: ArrayLike<number>,
  options: Training & PredictOptions & { readonly level: number },
): Prediction {
  checkRequest(model, [options?.level], options)
  return predictFrom(model, train(model, history, options), [options.level], options)[0]
}

/** The predictions of a trained state at several levels, in their order. One simulation serves all of them. Errors as `predict`. */
export function predictFrom<S>(model: Model<S>, state: S, levels: readonly number[], options: PredictOptions): Prediction[] {
  checkRequest(model, levels, options)
  const { seed, horizonDays = 1, paths = PATHS } = options
  if (horizonDays === 1) return oneDay(model, state, levels)
  const key = childKey(rootKey(seed), 'predict')
  const sums = simulateSums(model, state, horizonDays, paths, Math.min(...levels), childKey(key, 'paths'))
  const ascending = Float64Array.from(sums.values).sort()
  const sections = sectionsOf(sums)
  const groups = sums.size > 1 && model.varInterval95 !== undefined ? groupsOf(sums) : null
  return levels.map(level => {
    const risk = riskOf(ascending, level)
    const errors = sectionErrors(sections, level, risk)
    const intervals = groups === null ? null : nestedIntervals(groups, level, childKey(childKey(key, 'interval'), String(level)))
    return {
      level,
      horizonDays,
      ...risk,
      varInterval95: intervals?.var.interval ?? null,
      esInterval95: intervals?.es.interval ?? null,
      simulation: {
        paths: sums.values.length,
        mcseVar: errors.var,
        mcseEs: errors.es,
        mcseInterval: intervals?.var.mcse ?? null,
      },
    }
  })
}

function oneDay<S>(model: Model<S>, state: S, levels: readonly number[]): Prediction[] {
  const ascending = Float64Array.from(new Set(levels)).sort()
  const { quantiles, shortfalls } = model.forecast(state, { levels: ascending, riskLevels: ascending })
  return levels.map(level => {
    const i = ascending.indexOf(level)
    return {
      level,
      horizonDays: 1,
      var: 0 - quantiles[i],
      es: shortfalls[i],
      varInterval95: model.varInterval95?.(state, level) ?? null,
      esInterval95: model.esInterval95?.(state, level) ?? null,
    }
  })
}

function checkRequest<S>(model: Model<S>, levels: readonly number[], options: PredictOptions | undefined): void {
  if (typeof model?.forecast !== 'function') refuse('BAD_MODEL', model, 'a Model', 'model')
  if (typeof options?.seed !== 'string') refuse('BAD_SEED', options?.seed, 'a string', 'options.seed')
  if (!Array.isArray(levels) || levels.length === 0) refuse('BAD_LEVEL', levels, 'at least one level', 'levels')
  for (const level of levels)
    if (!(typeof level === 'number' && level >= LEVEL_MIN && level < 0.5))
      refuse('BAD_LEVEL', level, `a left-tail level from ${LEVEL_MIN} to below 0.5`, 'level')
  const { horizonDays = 1, paths = PATHS } = options
  if (!(Number.isInteger(horizonDays) && horizonDays >= 1 && horizonDays <= HORIZON_MAX))
    refuse('BAD_HORIZON', horizonDays, `a whole number of days from 1 to ${HORIZON_MAX}`, 'horizonDays')
  const pathsMax = Math.floor(STEPS_MAX / horizonDays)
  if (!(Number.isInteger(paths) && paths >= 1000 && paths <= pathsMax))
    refuse('BAD_PATHS', paths, `a whole number from 1000 to ${pathsMax}`, 'paths')
  if (horizonDays === 1) return
  if (model.simulate === undefined && model.simulateGroups === undefined)
    refuse(
      'NO_SIMULATION',
      `${model.name}, which cannot simulate`,
      'a horizon of 1 day, or a model that can simulate',
      'horizonDays',
    )
  const deepest = Math.min(...levels)
  if (paths * deepest < TAIL_MIN)
    refuse('TOO_FEW_PATHS', paths, `at least ${Math.ceil(TAIL_MIN / deepest)} for level ${deepest} over several days`, 'paths')
}
