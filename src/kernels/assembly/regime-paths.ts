import { exp } from './elementary'
import { nextUniform } from './random'

// Regimes under one point of Markov-switching volatility (laid out as in regime-filter.ts): filtered and smoothed probabilities, and
// paths drawn from their distribution given all returns (Chib 1996).

/** The stationary distribution of a point's chain to `out`. */
function stationary(regimes: i32, matrix: usize, out: usize): void {
  let total: f64 = 0
  for (let j = 0; j < regimes; j++) {
    let weight: f64
    if (regimes == 2) weight = load<f64>(matrix + 8 * (j == 0 ? 2 : 1))
    else {
      const k = (j + 1) % 3
      const l = (j + 2) % 3
      const kj = load<f64>(matrix + 8 * (3 * k + j))
      const kl = load<f64>(matrix + 8 * (3 * k + l))
      const lj = load<f64>(matrix + 8 * (3 * l + j))
      const lk = load<f64>(matrix + 8 * (3 * l + k))
      weight = kj * (lj + lk) + lj * kl
    }
    store<f64>(out + 8 * j, weight)
    total += weight
  }
  for (let j = 0; j < regimes; j++) store<f64>(out + 8 * j, load<f64>(out + 8 * j) / total)
}

/** Filtered regime probabilities P(s_t | r_1 .. r_t) under one point: n x K to `out`. */
export function regimeFilter(regimes: i32, returns: usize, n: i32, point: usize, out: usize): void {
  const mu = load<f64>(point)
  const sigmas = point + 8
  const matrix = sigmas + 8 * regimes
  const largest = load<f64>(sigmas + 8 * (regimes - 1))
  // The first row's place holds the distribution before the first step.
  stationary(regimes, matrix, out)
  let previous = out
  for (let t = 0; t < n; t++) {
    const row = out + (<usize>(t * regimes) << 3)
    const r = load<f64>(returns + (<usize>t << 3)) - mu
    let sum: f64 = 0
    let b0: f64 = 0
    let b1: f64 = 0
    let b2: f64 = 0
    for (let j = 0; j < regimes; j++) {
      let predicted: f64 = 0
      for (let i = 0; i < regimes; i++) predicted += load<f64>(previous + 8 * i) * load<f64>(matrix + 8 * (i * regimes + j))
      const sigma = load<f64>(sigmas + 8 * j)
      const c = 0.5 * (1 / (largest * largest) - 1 / (sigma * sigma))
      const b = (predicted / sigma) * (j == regimes - 1 ? 1.0 : exp(c * r * r))
      sum += b
      if (j == 0) b0 = b
      else if (j == 1) b1 = b
      else b2 = b
    }
    store<f64>(row, b0 / sum)
    store<f64>(row + 8, b1 / sum)
    if (regimes == 3) store<f64>(row + 16, b2 / sum)
    previous = row
  }
}

/**
 * Smoothed probabilities P(s_t | all returns) in place of the filtered ones (Kim 1994): backwards, row by row.
 */
export function regimeSmooth(regimes: i32, n: i32, point: usize, rows: usize): void {
  const matrix = point + 8 + 8 * regimes
  for (let t = n - 2; t >= 0; t--) {
    const row = rows + (<usize>(t * regimes) << 3)
    const next = row + 8 * regimes
    let g0: f64 = 0
    let g1: f64 = 0
    let g2: f64 = 0
    for (let j = 0; j < regimes; j++) {
      let predicted: f64 = 0
      for (let i = 0; i < regimes; i++) predicted += load<f64>(row + 8 * i) * load<f64>(matrix + 8 * (i * regimes + j))
      const gain = load<f64>(next + 8 * j) / predicted
      if (j == 0) g0 = gain
      else if (j == 1) g1 = gain
      else g2 = gain
    }
    for (let i = 0; i < regimes; i++) {
      const from = matrix + 8 * (i * regimes)
      let back = load<f64>(from) * g0 + load<f64>(from + 8) * g1
      if (regimes == 3) back += load<f64>(from + 16) * g2
      store<f64>(row + 8 * i, load<f64>(row + 8 * i) * back)
    }
  }
}

/**
 * One path of regimes given the returns and a point (forward filtering, backward sampling: Chib 1996), as what a Gibbs sampler needs
 * of it. `rows` has room for n x K filtered probabilities. To `out`: counts n_k, sums of r, sums of r^2 (K each), the K x K counts of
 * transitions, and the first regime.
 */
export function sampleRegimes(regimes: i32, returns: usize, n: i32, point: usize, rows: usize, random: usize, out: usize): void {
  regimeFilter(regimes, returns, n, point, rows)
  const matrix = point + 8 + 8 * regimes
  const sums = out + 8 * regimes
  const squares = sums + 8 * regimes
  const moves = squares + 8 * regimes
  const length = regimes * (3 + regimes)
  for (let i = 0; i < length; i++) store<f64>(out + 8 * i, 0)
  let next = -1
  for (let t = n - 1; t >= 0; t--) {
    const row = rows + (<usize>(t * regimes) << 3)
    let w0 = load<f64>(row)
    let w1 = load<f64>(row + 8)
    let w2: f64 = regimes == 3 ? load<f64>(row + 16) : 0
    if (next >= 0) {
      w0 *= load<f64>(matrix + 8 * next)
      w1 *= load<f64>(matrix + 8 * (regimes + next))
      if (regimes == 3) w2 *= load<f64>(matrix + 8 * (2 * regimes + next))
    }
    const u = nextUniform(random) * (w0 + w1 + w2)
    const s = u < w0 ? 0 : regimes == 2 || u < w0 + w1 ? 1 : 2
    const r = load<f64>(returns + (<usize>t << 3))
    store<f64>(out + 8 * s, load<f64>(out + 8 * s) + 1)
    store<f64>(sums + 8 * s, load<f64>(sums + 8 * s) + r)
    store<f64>(squares + 8 * s, load<f64>(squares + 8 * s) + r * r)
    if (next >= 0) {
      const move = moves + 8 * (s * regimes + next)
      store<f64>(move, load<f64>(move) + 1)
    }
    next = s
  }
  store<f64>(out + 8 * length, <f64>next)
}
