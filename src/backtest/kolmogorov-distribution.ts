import { exp, LN_2PI, ln, lnGamma, log1p, SQRT_2PI } from '../math/index.js'

/** Order of the largest matrix that is raised to the n-th power, about 15 ms. */
const ORDER_MAX = 80

/**
 * P(D_n >= d): the two-sided Kolmogorov-Smirnov statistic of n independent uniforms. Relative error below 1e-8 for every n and d:
 * d >= 1/2 or n d^2 >= 4: twice the one-sided probability, which is exact or within 4e-11 (Simard & L'Ecuyer 2011, section 4);
 * else, to matrices of order 80, Marsaglia, Tsang & Wang (2003), exact; else twice the exact one-sided probability less the crossings
 * of both sides by the expansion to n^(-3/2) (Chang 1956; the dual of Pelz & Good 1976), whose error there is below .08 / n^2.
 */
export function kolmogorovSurvival(d: number, n: number): number {
  if (!(2 * n * d > 1)) return 1
  if (d >= 1) return 0
  const square = n * d * d
  if (d >= 0.5 || square >= 4) return Math.min(2 * smirnovSurvival(d, n), 1)
  if (2 * Math.floor(n * d) + 1 <= ORDER_MAX) return 1 - matrixCdf(d, n)
  return Math.min(Math.max(2 * smirnovSurvival(d, n) - bothSides(Math.sqrt(square), n), 0), 1)
}

/**
 * P(D_n^+ >= d), one-sided: d sum_j C(n, j) (d + j/n)^(j-1) (1 - d - j/n)^(n-j) (Birnbaum & Tingey 1951). Every term is a binomial
 * probability over (d + j/n), computed from its deviance, so nothing cancels.
 */
export function smirnovSurvival(d: number, n: number): number {
  if (d <= 0) return 1
  if (d >= 1) return 0
  const shift = n * d
  let sum = exp(n * log1p(-d)) / d
  const last = Math.floor(n * (1 - d))
  const whole = stirlingError(n)
  for (let j = 1; j <= last && j < n; j++) {
    const rest = n - j
    if (!(rest > shift)) break
    const deviance = j * log1p(shift / j) + rest * log1p(-shift / rest)
    const errors = whole - stirlingError(j) - stirlingError(rest)
    sum += (exp(errors + deviance) * Math.sqrt(n / j / rest)) / SQRT_2PI / (d + j / n)
  }
  return d * sum
}

const STIRLING = Float64Array.from({ length: 32 }, (_, n) => (n === 0 ? 0 : lnGamma(n + 1) - (n + 0.5) * ln(n) + n - LN_2PI / 2))

/** log n! less Stirling's formula. */
function stirlingError(n: number): number {
  if (n < STIRLING.length) return STIRLING[n]
  const w = 1 / (n * n)
  return (1 / 12 - w * (1 / 360 - w * (1 / 1260 - w * (1 / 1680 - w / 1188)))) / n
}

/** What twice the one-sided probability counts too often, x = d sqrt(n): the terms k >= 2 of the alternating expansion. */
function bothSides(x: number, n: number): number {
  const root = Math.sqrt(n)
  let sum = 0
  for (let k = 2; k < 100; k++) {
    const squared = k * k
    const y = squared * x * x
    const weight = exp(-2 * y)
    if (weight < 1e-20) break
    const odd = k % 2
    const f1 = squared - odd
    const f2 = 5 * squared + 22 - 15 * odd
    const term =
      1 -
      (2 * squared * x) / (3 * root) -
      (f1 - 4 * (f1 + 3) * y + 8 * y * y) / (18 * n) +
      (squared * x * (f2 / 5 - (4 * (f2 + 45) * y) / 15 + 8 * y * y)) / (27 * n * root)
    sum += (odd === 1 ? -2 : 2) * weight * term
  }
  return sum
}

/** P(D_n < d) = n! / n^n (H^n)_kk: Durbin's matrix (Marsaglia, Tsang & Wang 2003), of which only row k is carried along. */
function matrixCdf(d: number, n: number): number {
  const k = Math.floor(n * d) + 1
  const order = 2 * k - 1
  let square = durbinMatrix(order, k - n * d)
  let squareScale = 0
  let row = new Float64Array(order)
  row[k - 1] = 1
  let rowScale = 0
  for (let power = n; ; ) {
    if (power % 2 === 1) {
      row = rowTimes(row, square, order)
      rowScale += squareScale + rescale(row)
    }
    power = Math.floor(power / 2)
    if (power === 0) break
    square = squared(square, order)
    squareScale = 2 * squareScale + rescale(square)
  }
  if (!(row[k - 1] > 0)) return 0
  return exp(LN_2PI / 2 + 0.5 * ln(n) - n + stirlingError(n) + ln(row[k - 1]) + rowScale * Math.LN2)
}

function durbinMatrix(order: number, h: number): Float64Array {
  const matrix = new Float64Array(order * order)
  const powers = new Float64Array(order + 1).fill(1)
  const factorials = new Float64Array(order + 1).fill(1)
  for (let i = 1; i <= order; i++) {
    powers[i] = powers[i - 1] * h
    factorials[i] = factorials[i - 1] * i
  }
  let corner = 0
  if (2 * h > 1) {
    corner = 1
    for (let i = 0; i < order; i++) corner *= 2 * h - 1
  }
  for (let i = 0; i < order; i++) {
    for (let j = 0; j <= Math.min(i + 1, order - 1); j++) {
      let entry = 1
      if (j === 0) entry -= powers[i + 1]
      if (i === order - 1) entry -= powers[order - j]
      if (j === 0 && i === order - 1) entry += corner
      matrix[i * order + j] = entry / factorials[i - j + 1]
    }
  }
  return matrix
}

function rowTimes(row: Float64Array, matrix: Float64Array, order: number): Float64Array<ArrayBuffer> {
  const out = new Float64Array(order)
  for (let i = 0; i < order; i++) {
    const factor = row[i]
    if (factor === 0) continue
    for (let j = 0; j < order; j++) out[j] += factor * matrix[i * order + j]
  }
  return out
}

function squared(matrix: Float64Array, order: number): Float64Array {
  const out = new Float64Array(order * order)
  for (let i = 0; i < order; i++) {
    for (let k = 0; k < order; k++) {
      const factor = matrix[i * order + k]
      if (factor === 0) continue
      for (let j = 0; j < order; j++) out[i * order + j] += factor * matrix[k * order + j]
    }
  }
  return out
}

/** Divides by a power of two that brings the largest entry near 1, and says which. */
function rescale(values: Float64Array): number {
  let largest = 0
  for (let i = 0; i < values.length; i++) if (values[i] > largest) largest = values[i]
  let exponent = 0
  let factor = 1
  for (; largest * factor > 2; exponent++) factor /= 2
  for (; largest > 0 && largest * factor < 0.5; exponent--) factor *= 2
  for (let i = 0; i < values.length; i++) values[i] *= factor
  return exponent
}

/** The d with P(D_n >= d) = size: secant steps in the log of the probability, inside a bracket. */
export function kolmogorovCritical(n: number, size: number): number {
  const target = ln(size)
  let low = 0.5 / n
  let high = 1
  let d = Math.min(Math.sqrt((-0.5 * ln(size / 2)) / n), 0.5 * (low + high))
  for (let i = 0; i < 100; i++) {
    const p = kolmogorovSurvival(d, n)
    const gap = ln(p) - target
    if (gap > 0) low = d
    else high = d
    // The slope of the leading term: d log p / dd = -4 n d.
    const guess = d + gap / (4 * n * d)
    const next = guess > low && guess < high ? guess : (low + high) / 2
    if (Math.abs(next - d) < 1e-12 * d || high - low < 1e-14) return next
    d = next
  }
  return d
}
