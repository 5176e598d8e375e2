import { refuse } from '../base/index.js'
import { ln } from '../math/index.js'
import { checkLevel, checkReturn } from './check.js'

/**
 * The pinball loss of a VaR forecast, percent: (level - hit) (r + VaR), where a hit is r < -VaR. Its mean is least at the true
 * quantile (Koenker & Bassett 1978). Errors: BAD_RETURN, BAD_VAR, BAD_LEVEL.
 */
export function pinballLoss(ret: number, valueAtRisk: number, level: number): number {
  checkReturn(ret)
  checkVar(valueAtRisk)
  checkLevel(level)
  const above = ret + valueAtRisk
  return above < 0 ? (level - 1) * above : level * above
}

/**
 * The FZ0 loss of VaR and ES together (Fissler & Ziegel 2016; Patton, Ziegel & Chen 2019, eq. 6): with q = -VaR, e = -ES,
 * -hit (q - r) / (level e) + q / e + log(-e) - 1. Only differences mean anything. Undefined unless ES > 0: BAD_ES.
 * Other errors: BAD_RETURN, BAD_VAR, BAD_LEVEL.
 */
export function fz0Loss(ret: number, valueAtRisk: number, shortfall: number, level: number): number {
  checkReturn(ret)
  checkVar(valueAtRisk)
  checkLevel(level)
  if (!(Number.isFinite(shortfall) && shortfall > 0))
    refuse('BAD_ES', shortfall, 'a positive, finite expected shortfall in percent', 'es')
  const excess = Math.max(0 - valueAtRisk - ret, 0)
  return excess / level / shortfall + valueAtRisk / shortfall + ln(shortfall) - 1
}

function checkVar(valueAtRisk: number): void {
  if (!Number.isFinite(valueAtRisk)) refuse('BAD_VAR', valueAtRisk, 'a finite Value-at-Risk in percent', 'var')
}
