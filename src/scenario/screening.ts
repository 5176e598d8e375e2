import { refuse } from '../base/index.js'
import { ln } from '../math/index.js'
import type { ScreeningPlan } from '../swarm/index.js'
import type { Scenario, ScreeningSpec } from './types.js'

const THRESHOLD = 1000
const PROBATION_DAYS = 60
const SHARE = 0.01

/** `screening` as it was written, without its defaults. */
interface GivenScreening extends Partial<Omit<ScreeningSpec, 'quarantine'>> {
  readonly quarantine?: false | Partial<Exclude<ScreeningSpec['quarantine'], false>>
}

/** What the defaults of `screening` depend on. */
interface Size {
  readonly agents: number
  readonly days: number
  /** Ascending. */
  readonly riskLevels: readonly number[]
}

/**
 * The defaults: the lowest risk level, pinball loss, fixed share of one percent with the learning rate sqrt(8 ln N / T) of the
 * regret bound for losses in [0, 1] (N agents, T days), quarantine at an e-value of 1000 and a probation of 60 reports.
 */
export function normaliseScreening(given: GivenScreening, { agents, days, riskLevels }: Size): ScreeningSpec {
  const { level = riskLevels[0], loss = 'pinball', weights = 'fixedShare', eta, alpha, quarantine = {} } = given
  const weighs = weights !== 'none'
  if (!weighs && eta !== undefined) refuse('BAD_SCENARIO', eta, 'no learning rate without weights', 'scenario.screening.eta')
  if (weights !== 'fixedShare' && alpha !== undefined)
    refuse('BAD_SCENARIO', alpha, "a share with weights: 'fixedShare' only", 'scenario.screening.alpha')
  return {
    level,
    loss,
    weights,
    // One agent has nothing to learn about whom to trust.
    ...(weighs ? { eta: eta ?? (agents > 1 ? Math.sqrt((8 * ln(agents)) / days) : 1) } : {}),
    ...(weights === 'fixedShare' ? { alpha: alpha ?? SHARE } : {}),
    quarantine: quarantine === false ? false : { threshold: THRESHOLD, probationDays: PROBATION_DAYS, ...quarantine },
  }
}

/** What `screening` needs of the rest of a scenario. */
export function checkScreening({ screening, riskLevels, decision }: Scenario): void {
  if (screening === undefined) return
  if (!riskLevels.includes(screening.level))
    refuse('BAD_SCENARIO', screening.level, `one of the risk levels ${riskLevels.join(', ')}`, 'scenario.screening.level')
  if (decision !== undefined)
    refuse('BAD_SCENARIO', 'a track record', "none: with decision: 'agreement' no coordinator keeps one", 'scenario.screening')
}

/** The coordinator's part of it. */
export const screeningPlan = ({ quarantine, eta = 0, alpha = 0, ...rest }: ScreeningSpec): ScreeningPlan => ({
  ...rest,
  eta,
  alpha,
  quarantine: quarantine === false ? null : quarantine,
})
