import { refuse } from '../base/index.js'
import { ln } from '../math/index.js'
import type { WeightsPlan } from '../swarm/index.js'
import type { RuleSpec, Scenario, WeightsSpec } from './types.js'

const SHARE = 0.01
const LEAST_DAYS = 60

interface Size {
  readonly agents: number
  readonly days: number
  readonly refitEveryDays: number
  readonly riskLevels: readonly number[]
}

/**
 * The defaults of a rule's learned weights: the lowest risk level, FZ0 loss, the learning rate of the regret bound and one
 * percent of fixed share as in screening; estimates from all past days, at least 60, as often as models are trained.
 */
export function normaliseWeights(
  given: Partial<WeightsSpec> & Pick<WeightsSpec, 'kind'>,
  size: Size,
  where: string,
): WeightsSpec {
  const { kind, level = size.riskLevels[0], loss, eta, alpha, everyDays, leastDays, pastDays } = given
  const isFitted = kind === 'relativeScore' || kind === 'minimumScore' || kind === 'stacking'
  const strangers = isFitted
    ? { loss, eta, alpha }
    : { everyDays, leastDays, pastDays, ...(kind === 'fixedShare' ? {} : { alpha }) }
  for (const [name, value] of Object.entries(strangers))
    if (value !== undefined) refuse('BAD_SCENARIO', value, `no ${name} with ${kind} weights`, `${where}.${name}`)
  if (kind === 'stacking' && given.level !== undefined)
    refuse('BAD_SCENARIO', level, 'no level with stacking weights: they look at whole forecasts', `${where}.level`)
  if (!size.riskLevels.includes(level))
    refuse('BAD_SCENARIO', level, `one of the risk levels ${size.riskLevels.join(', ')}`, `${where}.level`)
  if (isFitted) {
    const least = leastDays ?? Math.min(LEAST_DAYS, pastDays ?? LEAST_DAYS)
    if (pastDays !== undefined && least > pastDays)
      refuse('BAD_SCENARIO', least, `at most pastDays, ${pastDays}`, `${where}.leastDays`)
    return {
      kind,
      ...(kind === 'stacking' ? {} : { level }),
      everyDays: everyDays ?? size.refitEveryDays,
      leastDays: least,
      ...(pastDays === undefined ? {} : { pastDays }),
    }
  }
  return {
    kind,
    level,
    loss: loss ?? 'fz0',
    eta: eta ?? (size.agents > 1 ? Math.sqrt((8 * ln(size.agents)) / size.days) : 1),
    ...(kind === 'fixedShare' ? { alpha: alpha ?? SHARE } : {}),
  }
}

/** The coordinator's part of it. */
export function weightsPlan({ kind, level, ...rest }: WeightsSpec, { riskLevels }: Pick<Scenario, 'riskLevels'>): WeightsPlan {
  const { loss = 'fz0', eta = 0, alpha = 0, everyDays = 1, leastDays = 1, pastDays } = rest
  const at = level ?? riskLevels[0]
  if (kind === 'relativeScore' || kind === 'minimumScore' || kind === 'stacking')
    return { kind, level: at, everyDays, leastDays, ...(pastDays === undefined ? {} : { pastDays }) }
  return { kind, level: at, loss, eta, alpha }
}

/** A rule as it stands in a scenario: its name, its own parameters, and the weights that are learned for it. */
export function partsOf({ name, weights, ...params }: RuleSpec): {
  readonly name: string
  readonly params: { readonly [parameter: string]: unknown }
  readonly weights?: WeightsSpec
} {
  return { name, params, ...(weights === undefined ? {} : { weights: weights as WeightsSpec }) }
}
