import { refuse } from '../base/index.js'
import { normalQuantile } from '../distributions/index.js'
import { ln, lowerBound, meanOf, medianOfSorted, quantileOfSorted, sorted, upperBound, varianceOf } from '../math/index.js'

// Convergence diagnostics of Vehtari, Gelman, Simpson, Carpenter & Buerkner (2021), "Rank-normalization, folding, and
// localization: an improved R-hat", with the conventions of R's posterior package.

type Chains = readonly Float64Array[]

/** Rank-normalised split R-hat: the larger of the bulk's and the folded one. NaN when constant or not finite. */
export function rhat(chains: Chains): number {
  check(chains)
  if (!isVarying(chains)) return Number.NaN
  return Math.max(plainRhat(rankNormalise(splitChains(chains))), foldedRhat(chains))
}

/** R-hat and bulk ESS at once: they share the ranks. */
export function convergence(chains: Chains): { rhat: number; essBulk: number } {
  check(chains)
  if (!isVarying(chains)) return { rhat: Number.NaN, essBulk: Number.NaN }
  const bulk = rankNormalise(splitChains(chains))
  return { rhat: Math.max(plainRhat(bulk), foldedRhat(chains)), essBulk: effectiveSize(bulk) }
}

/** Bulk effective sample size: that of the rank-normalised split chains. */
export function essBulk(chains: Chains): number {
  check(chains)
  return isVarying(chains) ? effectiveSize(rankNormalise(splitChains(chains))) : Number.NaN
}

/** Tail effective sample size: the smaller one of the indicators of the 5 % and 95 % quantiles. */
export function essTail(chains: Chains): number {
  check(chains)
  if (!isVarying(chains)) return Number.NaN
  const all = sorted(pooled(chains))
  const split = splitChains(chains)
  return Math.min(...[0.05, 0.95].map(p => indicatorSize(split, quantileOfSorted(all, p))))
}

/** Monte Carlo standard error of the mean: sd / sqrt(ESS of the split chains). */
export function mcseMean(chains: Chains): number {
  check(chains)
  if (!isVarying(chains)) return Number.NaN
  return Math.sqrt(varianceOf(pooled(chains)) / effectiveSize(splitChains(chains)))
}

function check(chains: Chains): void {
  if (!Array.isArray(chains) || chains.length === 0) refuse('BAD_CHAINS', chains, 'at least one chain', 'chains')
  for (const chain of chains) {
    if (typeof chain?.length !== 'number') refuse('BAD_CHAINS', chain, 'a chain of numbers', 'chains')
    if (chain.length !== chains[0].length)
      refuse('BAD_CHAINS', `lengths ${chains.map(c => c.length)}`, 'chains of equal length', 'chains')
  }
  if (chains[0].length < 4) refuse('BAD_CHAINS', `${chains[0].length} draws`, 'at least 4 draws a chain', 'chains')
}

function isVarying(chains: Chains): boolean {
  const first = chains[0][0]
  let varies = false
  for (const chain of chains) {
    for (let i = 0; i < chain.length; i++) {
      if (!Number.isFinite(chain[i])) return false
      if (chain[i] !== first) varies = true
    }
  }
  return varies
}

function pooled(chains: Chains): Float64Array {
  const all = new Float64Array(chains.length * chains[0].length)
  for (let m = 0; m < chains.length; m++) all.set(chains[m], m * chains[0].length)
  return all
}

/** Halves of every chain; the middle draw of an odd length is left out. */
function splitChains(chains: Chains): Float64Array[] {
  const half = chains[0].length >> 1
  return chains.flatMap(chain => [chain.slice(0, half), chain.slice(chain.length - half)])
}

// Normal scores of (rank - 3/8) / (n + 1/4) for ranks 1, 1.5, 2 ... n, worked out when first asked for. A cache of pure values.
const scoreTables = new Map<number, Float64Array>()

function scoreTable(n: number): Float64Array {
  let table = scoreTables.get(n)
  if (table === undefined) {
    if (scoreTables.size >= 16) scoreTables.clear()
    table = new Float64Array(2 * n + 1).fill(Number.NaN)
    scoreTables.set(n, table)
  }
  return table
}

/** Normal scores of the pooled ranks (average ranks on ties; Blom's offset 3/8). */
function rankNormalise(chains: Chains): Float64Array[] {
  const all = pooled(chains)
  const n = all.length
  const ascending = sorted(all)
  const table = scoreTable(n)
  return chains.map(chain =>
    chain.map(x => {
      const first = lowerBound(ascending, x)
      const last = ascending[first + 1] === x ? upperBound(ascending, x) - 1 : first
      const doubled = first + last + 2
      if (Number.isNaN(table[doubled])) table[doubled] = normalQuantile((doubled / 2 - 0.375) / (n + 0.25))
      return table[doubled]
    }),
  )
}

/** R-hat of the distances from the median of all draws, an odd length's middle ones included. */
function foldedRhat(chains: Chains): number {
  const median = medianOfSorted(sorted(pooled(chains)))
  return plainRhat(rankNormalise(splitChains(chains.map(chain => chain.map(x => Math.abs(x - median))))))
}

function plainRhat(chains: Chains): number {
  const n = chains[0].length
  const between = n * varianceOf(chains.map(meanOf))
  const within = meanOf(chains.map(varianceOf))
  return Math.sqrt((between / within + n - 1) / n)
}

function indicatorSize(chains: Chains, threshold: number): number {
  const indicators = chains.map(chain => chain.map(x => (x <= threshold ? 1 : 0)))
  return isVarying(indicators) ? effectiveSize(indicators) : Number.NaN
}

function autocovariance(chain: Float64Array, mean: number, lag: number): number {
  let sum = 0
  for (let i = lag; i < chain.length; i++) sum += (chain[i] - mean) * (chain[i - lag] - mean)
  return sum / chain.length
}

/** Geyer's initial monotone sequence estimate over chains (section 3.2 and appendix of the paper). NaN below 3 draws a chain. */
function effectiveSize(chains: Chains): number {
  const n = chains[0].length
  if (n < 3) return Number.NaN
  const means = chains.map(meanOf)
  const covarianceAt = (lag: number): number => meanOf(chains.map((chain, m) => autocovariance(chain, means[m], lag)))
  const within = (covarianceAt(0) * n) / (n - 1)
  const total = (within * (n - 1)) / n + (chains.length > 1 ? varianceOf(means) : 0)
  const correlation = (lag: number): number => 1 - (within - covarianceAt(lag)) / total
  const rho = [1, correlation(1)]
  let t = 0
  let even = 1
  let odd = rho[1]
  while (t < n - 5 && even + odd > 0) {
    t += 2
    even = correlation(t)
    odd = correlation(t + 1)
    if (even + odd >= 0) {
      rho[t] = even
      rho[t + 1] = odd
    }
  }
  const last = t
  if (even > 0) rho[last] = even
  for (let k = 2; k <= last - 2; k += 2) {
    if (rho[k] + rho[k + 1] > rho[k - 2] + rho[k - 1]) rho[k] = rho[k + 1] = (rho[k - 2] + rho[k - 1]) / 2
  }
  const size = chains.length * n
  let tau = -1 + (rho[last] ?? 0)
  // Where not even the first pair is positive (or there are too few draws to look further), posterior's sum has one term: tau is 2.
  for (let k = 0; k < Math.max(last, 1); k++) tau += 2 * rho[k]
  return size / Math.max(tau, Math.LN10 / ln(size))
}
