import { normalPdf, normalSurvival } from '../distributions/index.js'
import { exp, expm1 } from '../math/index.js'

// From here on Laplace's continued fraction of this depth is right to rounding.
const FAR = 8
const DEPTH = 40
// Closed forms cancel on narrow pieces; Simpson's rule is right to rounding there.
const NARROW = 1e-3
const STEPS_MAX = 200

/** Mills' ratio: the integral of exp(-(s^2 - z^2) / 2) over s from z >= 0 to infinity. */
function mills(z: number): number {
  if (z === Number.POSITIVE_INFINITY) return 0
  if (z < FAR) return normalSurvival(z) / normalPdf(z)
  let fraction = z
  for (let k = DEPTH; k > 0; k--) fraction = z + k / fraction
  return 1 / fraction
}

/** exp(-(s^2 - z^2) / 2), without squaring a large z. */
const relativeDensity = (z: number, s: number): number => (s === Number.POSITIVE_INFINITY ? 0 : exp(-0.5 * (s - z) * (s + z)))

/** The integral of exp(-(s^2 - z^2) / 2) over s from z >= 0 to `to`, which may be infinite: a normal density's area relative to its height at z. */
export function tailArea(z: number, to: number): number {
  const width = to - z
  if (width * (1 + z) < NARROW) return (width / 6) * (1 + 4 * relativeDensity(z, z + width / 2) + relativeDensity(z, to))
  return mills(z) - relativeDensity(z, to) * mills(to)
}

/** The integral of (s - z) exp(-(s^2 - z^2) / 2) over the same range. */
export function tailMoment(z: number, to: number): number {
  const width = to - z
  if (width * (1 + z) < NARROW) return (width / 6) * width * (2 * relativeDensity(z, z + width / 2) + relativeDensity(z, to))
  const fall = to === Number.POSITIVE_INFINITY ? 1 : -expm1(-0.5 * width * (to + z))
  const area = tailArea(z, to)
  return Math.min(Math.max(fall - z * area, 0), width * area)
}

/** The s between z and `to` with tailArea(z, s) = area: Newton's method, which on a concave function comes from one side. */
export function tailPoint(z: number, to: number, area: number): number {
  let s = z
  for (let step = 0; step < STEPS_MAX; step++) {
    const next = s + (area - tailArea(z, s)) / relativeDensity(z, s)
    if (!(next > s)) break
    if (!(next < to)) return to
    if (next - s <= 1e-15 * next) return next
    s = next
  }
  return s
}
