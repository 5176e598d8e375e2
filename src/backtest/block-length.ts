import { assert } from '../base/index.js'
import { cbrt, LN_10, ln, meanOf } from '../math/index.js'

/**
 * The block length at which a circular block bootstrap of a mean has the least mean squared error of the variance (Politis & White
 * 2004, corrected by Patton, Politis & White 2009), rounded up: (3 G^2 / (2 g^2) T)^(1/3), G = sum lambda |k| R(k) and
 * g = sum lambda R(k) with flat-top weights up to twice the last lag whose autocorrelation matters. From 1, when nothing is correlated,
 * to ceil(min(3 sqrt(T), T / 3)). Of several series of equal length the largest: too long a block costs less than too short a one.
 */
export function automaticBlockLength(series: readonly Float64Array[]): number {
  assert(series.length > 0, 'a block length is that of a series')
  return series.reduce((longest, each) => Math.max(longest, lengthFor(each)), 1)
}

function lengthFor(series: Float64Array): number {
  const days = series.length
  const run = Math.max(5, Math.ceil(Math.sqrt(ln(days) / LN_10)))
  const lagMax = Math.min(days - 1, Math.ceil(Math.sqrt(days)) + run)
  const covariances = autocovariances(series, lagMax)
  if (!(covariances[0] > 0)) return 1
  const bound = 2 * Math.sqrt(ln(days) / LN_10 / days) * covariances[0]
  const bandwidth = Math.min(lagMax, 2 * Math.max(1, lastThatMatters(covariances, bound, run)))
  let slope = 0
  let spectrum = covariances[0]
  for (let k = 1; k <= bandwidth; k++) {
    const weight = Math.min(1, 2 * (1 - k / bandwidth))
    slope += 2 * weight * k * covariances[k]
    spectrum += 2 * weight * covariances[k]
  }
  const lengthMax = Math.ceil(Math.min(3 * Math.sqrt(days), days / 3))
  const ratio = slope / spectrum
  // A spectrum of 0 gives an infinite length or, with no slope, none.
  const length = Math.ceil(cbrt(1.5 * ratio * ratio * days))
  return length >= 1 ? Math.min(lengthMax, length) : 1
}

/** The least m such that the `run` lags after it are all below the bound; when there is none, the last lag above it. */
function lastThatMatters(covariances: Float64Array, bound: number, run: number): number {
  let last = 0
  for (let k = 1; k < covariances.length; k++) {
    if (Math.abs(covariances[k]) >= bound) last = k
    else if (k - last === run) return last
  }
  return last
}

/** R(0) .. R(lagMax) of the series as shares of its largest deviation, divisor T. */
function autocovariances(series: Float64Array, lagMax: number): Float64Array {
  const days = series.length
  const mean = meanOf(series)
  const centred = series.map(value => value - mean)
  const scale = centred.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
  const covariances = new Float64Array(lagMax + 1)
  if (scale === 0) return covariances
  for (let t = 0; t < days; t++) centred[t] /= scale
  for (let k = 0; k <= lagMax; k++) {
    let sum = 0
    for (let t = k; t < days; t++) sum += centred[t] * centred[t - k]
    covariances[k] = sum / days
  }
  return covariances
}
