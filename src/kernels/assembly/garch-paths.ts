import { log } from './elementary'
import { nextNormal, nextUniform } from './random'

/** Gamma(shape d + 1/3, rate 1) with d > 2/3 and c = 1 / sqrt(9 d), by Marsaglia & Tsang (2000). */
// @ts-ignore: decorator
@inline
function nextGamma(s: usize, d: f64, c: f64): f64 {
  while (true) {
    const x = nextNormal(s)
    const root = 1 + c * x
    if (root <= 0) continue
    const v = root * root * root
    const u = nextUniform(s)
    const square = x * x
    if (u < 1 - 0.0331 * square * square) return d * v
    if (log(u) < 0.5 * square + d * (1 - v + log(v))) return d * v
  }
}

/**
 * Paths of one GARCH draw (mu, omega, alpha, gamma, beta, nu at `row`), row-major paths x days into `out`; `variance` is that of every
 * path's first day. Errors of unit variance: Student-t, or normal where nu is 0.
 */
export function garchPaths(row: usize, variance: f64, days: i32, paths: i32, state: usize, out: usize): void {
  const mu = load<f64>(row)
  const omega = load<f64>(row, 8)
  const alpha = load<f64>(row, 16)
  const leverage = alpha + load<f64>(row, 24)
  const beta = load<f64>(row, 32)
  const nu = load<f64>(row, 40)
  const d = 0.5 * nu - 1.0 / 3
  const c = 1 / sqrt(9 * d)
  // t(nu) scaled to unit variance: z sqrt((nu - 2) / chi-square), where chi-square / 2 is gamma of shape nu / 2.
  const unit = 0.5 * (nu - 2)
  let at = out
  for (let p = 0; p < paths; p++) {
    let h = variance
    for (let t = 0; t < days; t++) {
      const z = nextNormal(state)
      const shock = nu > 0 ? z * sqrt((h * unit) / nextGamma(state, d, c)) : z * sqrt(h)
      store<f64>(at, mu + shock)
      at += 8
      h = omega + (shock < 0 ? leverage : alpha) * shock * shock + beta * h
    }
  }
}
