// The only doors to elementary and special functions in seeded rooms: @stdlib's, the same bits on every platform.
import betainc from '@stdlib/math-base-special-betainc'
import betaincinv from '@stdlib/math-base-special-betaincinv'
import cbrt from '@stdlib/math-base-special-cbrt'
import erfc from '@stdlib/math-base-special-erfc'
import erfcinv from '@stdlib/math-base-special-erfcinv'
import exp from '@stdlib/math-base-special-exp'
import expm1 from '@stdlib/math-base-special-expm1'
import gammainc from '@stdlib/math-base-special-gammainc'
import gammaincinv from '@stdlib/math-base-special-gammaincinv'
import lnGamma from '@stdlib/math-base-special-gammaln'
import ln from '@stdlib/math-base-special-ln'
import log1p from '@stdlib/math-base-special-log1p'
import pow from '@stdlib/math-base-special-pow'

export { betainc, betaincinv, cbrt, erfc, erfcinv, exp, expm1, gammainc, gammaincinv, ln, lnGamma, log1p, pow }

export const LN_2 = Math.LN2
export const LN_10 = Math.LN10
export const LN_2PI = 1.8378770664093453
export const LN_PI = 1.1447298858494002
export const SQRT_2 = Math.SQRT2
export const SQRT_2PI = 2.5066282746310002
export const INV_SQRT_PI = 0.5641895835477563
