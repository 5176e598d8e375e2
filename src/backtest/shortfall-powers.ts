import { acerbiSzekelyOf, lawOf, type ShapeOption } from './acerbi-szekely.js'
import { mcneilFreyOf, scalesOf } from './mcneil-frey.js'
import type { Power } from './monte-carlo.js'
import { noldeZiegelOf } from './nolde-ziegel.js'
import { checkCoherent } from './shortfall-sample.js'
import { powersOf } from './tail-simulation.js'

export interface ShortfallPowers {
  readonly acerbiSzekelyZ1: readonly Power[]
  readonly acerbiSzekelyZ2: readonly Power[]
  readonly mcneilFrey: readonly Power[]
  readonly noldeZiegel: readonly Power[]
  readonly noldeZiegelOneSided: readonly Power[]
}

/**
 * The powers of every test of the shortfall that needs only the hits, from the same simulated samples: a fifth of the time of asking
 * each for its own. Keyed by the names of the tests' cards; Nolde and Ziegel's tests are the simple ones. Errors: BAD_VAR, BAD_ES,
 * BAD_LEVEL, BAD_SCALE (a VaR that is not positive and no scales), ES_BELOW_VAR, BAD_SHAPE, LENGTH_MISMATCH, TOO_FEW_DAYS, BAD_REPLICATIONS, BAD_SEED.
 */
export function shortfallPowers(
  vars: ArrayLike<number>,
  ess: ArrayLike<number>,
  level: number,
  options: ShapeOption & { readonly scales?: ArrayLike<number>; readonly replications?: number; readonly seed: string },
): ShortfallPowers {
  const forecasts = checkCoherent(vars, ess, level)
  const { law } = lawOf(forecasts, options)
  const statistics = [
    acerbiSzekelyOf(forecasts, 'z1'),
    acerbiSzekelyOf(forecasts, 'z2'),
    mcneilFreyOf(forecasts, scalesOf(options.scales, forecasts)),
    noldeZiegelOf(forecasts, {}),
    noldeZiegelOf(forecasts, { oneSided: true }),
  ]
  const simulation = { replications: options.replications ?? 200, seed: options.seed }
  const [acerbiSzekelyZ1, acerbiSzekelyZ2, mcneilFrey, noldeZiegel, noldeZiegelOneSided] = powersOf(
    forecasts,
    law,
    statistics,
    simulation,
    'shortfall',
  )
  return { acerbiSzekelyZ1, acerbiSzekelyZ2, mcneilFrey, noldeZiegel, noldeZiegelOneSided }
}
