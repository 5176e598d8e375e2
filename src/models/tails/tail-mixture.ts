import { generalisedParetoMeanExcess, generalisedParetoSurvival } from '../../distributions/index.js'
import { doublesAt, kernels, put, reserveDoubles, scratch } from '../../kernels/index.js'
import { exp, ln, midpoint, upperBound, weightedLowerQuantiles } from '../../math/index.js'

/**
 * One draw of a filter with its shocks: location + scale Z. With probability `fraction` Z lies below -threshold, by an excess that is
 * an equally weighted mixture of generalised Pareto distributions; else it is one of `body`, ascending and above -threshold.
 */
export interface TailComponent {
  readonly weight: number
  readonly location: number
  readonly scale: number
  readonly threshold: number
  readonly fraction: number
  readonly shapes: Float64Array
  readonly scales: Float64Array
  readonly body: Float64Array
}

/** Where the tail of a component ends and its body begins. */
const kinkOf = ({ location, scale, threshold }: TailComponent): number => location - scale * threshold

type InTails = (x: number) => { readonly cdf: number; readonly density: number }

/** Runs `work` with the mixture's cdf and density at points that are in the tail of every component. */
function withTails<T>(components: readonly TailComponent[], work: (inTails: InTails) => T): T {
  const perComponent = components[0].shapes.length
  // An odd number is filled up by a tail of weight 0.
  const count = (components.length * perComponent + 1) & ~1
  const items = new Float64Array(4 * count)
  items.fill(1, count, 2 * count)
  components.forEach((component, k) => {
    for (let t = 0; t < perComponent; t++) {
      const i = k * perComponent + t
      const inverse = 1 / (component.scale * component.scales[t])
      items[i] = kinkOf(component)
      items[count + i] = inverse
      items[2 * count + i] = component.shapes[t] * inverse
      items[3 * count + i] = (component.weight * component.fraction) / perComponent
    }
  })
  items.fill(kinkOf(components[0]), components.length * perComponent, count)
  return scratch(() => {
    const at = put(items)
    const out = reserveDoubles(2)
    return work(x => {
      kernels().paretoTails(at, count, x, out)
      const [cdf, density] = doublesAt(out, 2)
      return { cdf, density }
    })
  })
}

/** P(Z <= z). A body without residuals is a point just above the threshold. */
function shockCdf({ threshold, fraction, shapes, scales, body }: TailComponent, z: number): number {
  const excess = -z - threshold
  if (excess >= 0) {
    let sum = 0
    for (let t = 0; t < shapes.length; t++) sum += generalisedParetoSurvival(excess, shapes[t], scales[t])
    return (fraction * sum) / shapes.length
  }
  return body.length === 0 ? 1 : fraction + ((1 - fraction) * upperBound(body, z)) / body.length
}

/** E[Z; Z <= z]. */
function shockPartialMean({ threshold, fraction, shapes, scales, body }: TailComponent, z: number): number {
  const excess = Math.max(-z - threshold, 0)
  let sum = 0
  for (let t = 0; t < shapes.length; t++) {
    const survival = generalisedParetoSurvival(excess, shapes[t], scales[t])
    // Beyond a tail's end nothing is left, and its mean excess means nothing.
    if (survival > 0) sum -= survival * (threshold + excess + generalisedParetoMeanExcess(excess, shapes[t], scales[t]))
  }
  const tail = (fraction * sum) / shapes.length
  if (-z - threshold >= 0) return tail
  if (body.length === 0) return tail - (1 - fraction) * threshold
  let above = 0
  for (let i = 0; i < body.length && body[i] <= z; i++) above += body[i]
  return tail + ((1 - fraction) * above) / body.length
}

export function tailMixtureCdf(components: readonly TailComponent[], x: number): number {
  let sum = 0
  for (const c of components) sum += c.weight * shockCdf(c, (x - c.location) / c.scale)
  return sum
}

/**
 * Quantiles at ascending `levels` and expected shortfalls at `riskLevels` of a mixture of such components. A quantile is the least
 * point whose probability reaches the level: where all components are in their tails by Newton's method, where none is by counting
 * residuals, in the narrow strip between by bisection.
 */
export function tailMixtureForecast(
  components: readonly TailComponent[],
  levels: Float64Array,
  riskLevels: Float64Array,
): { quantiles: Float64Array; shortfalls: Float64Array } {
  const all = Float64Array.from(new Set([...levels, ...riskLevels])).sort()
  const values = quantilesAt(components, all)
  const quantiles = levels.map(level => values[all.indexOf(level)])
  const shortfalls = riskLevels.map(level => {
    const q = values[all.indexOf(level)]
    let partial = 0
    let below = 0
    for (const c of components) {
      const z = (q - c.location) / c.scale
      const probability = shockCdf(c, z)
      below += c.weight * probability
      partial += c.weight * (c.location * probability + c.scale * shockPartialMean(c, z))
    }
    // What the quantile's own step has beyond the level, or a rounding error lacks.
    return -(partial - q * (below - level)) / level
  })
  return { quantiles, shortfalls }
}

function quantilesAt(components: readonly TailComponent[], levels: Float64Array): Float64Array {
  const kinks = components.map(kinkOf)
  const lowest = kinks.reduce((a, b) => Math.min(a, b))
  const highest = kinks.reduce((a, b) => Math.max(a, b))
  const below = tailMixtureCdf(components, lowest)
  const above = tailMixtureCdf(components, highest)
  const inBody = levels.filter(level => level > above)
  const bodies = inBody.length === 0 ? inBody : bodyQuantiles(components, inBody)
  const bodiesFrom = levels.length - inBody.length
  return withTails(components, inTails => {
    const tail = tailSearch(components, lowest, below, inTails)
    return levels
      .map((level, j) => {
        if (j >= bodiesFrom) return Math.max(bodies[j - bodiesFrom], highest)
        return level < below ? tail(level) : bisect(components, level, lowest, highest)
      })
      .sort()
  })
}

const ROUNDS_MAX = 200

/**
 * Quantiles below the lowest kink, in the coordinate w in which the excess is that of a typical component: there the log of the cdf
 * is nearly a line of slope -1, and Newton's method needs two or three steps inside its bracket.
 */
function tailSearch(
  components: readonly TailComponent[],
  kink: number,
  probability: number,
  inTails: InTails,
): (level: number) => number {
  let shape = 0
  let width = 0
  for (const { weight, scale, shapes, scales } of components) {
    for (let t = 0; t < shapes.length; t++) {
      shape += (weight * shapes[t]) / shapes.length
      width += (weight * scale * scales[t]) / shapes.length
    }
  }
  // A tail that ends would end the coordinate.
  const xi = Math.max(shape, 0.01)
  const from = ln(probability)
  return level => {
    const target = ln(level)
    let low = 0
    let high = Number.POSITIVE_INFINITY
    let w = from - target
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const rise = exp(xi * w)
      const x = kink - (width * (rise - 1)) / xi
      const { cdf, density } = inTails(x)
      const gap = cdf > 0 ? ln(cdf) - target : Number.NEGATIVE_INFINITY
      if (gap > 0) low = w
      else high = w
      // d ln(cdf) / dw = -density / cdf * width * rise.
      const newton = w + (gap * cdf) / (density * width * rise)
      const next = newton > low && newton < high ? newton : high < Number.POSITIVE_INFINITY ? midpoint(low, high) : 2 * w + 1
      const isDone = Math.abs(next - w) <= 1e-14 * (1 + w) || (next === newton && Math.abs(gap) < 1e-7)
      w = next
      // Newton's error is the square of the gap times a small curvature.
      if (isDone) break
    }
    return kink - (width * (exp(xi * w) - 1)) / xi
  }
}

/** The least point whose probability reaches the level, between two points that are below and not below it. */
function bisect(components: readonly TailComponent[], level: number, from: number, to: number): number {
  let low = from
  let high = to
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const x = midpoint(low, high)
    if (x === low || x === high) break
    if (tailMixtureCdf(components, x) < level) low = x
    else high = x
  }
  return high
}

/** Quantiles above every kink, where all tails lie below: those of the residuals that are left. All levels share one fraction. */
function bodyQuantiles(components: readonly TailComponent[], levels: Float64Array): Float64Array {
  const { fraction } = components[0]
  const count = components.reduce((sum, { body }) => sum + Math.max(body.length, 1), 0)
  const points = new Float64Array(count)
  const weights = new Float64Array(count)
  let at = 0
  for (const component of components) {
    const { weight, location, scale, body } = component
    const n = Math.max(body.length, 1)
    if (body.length === 0) points[at] = kinkOf(component)
    else for (let i = 0; i < n; i++) points[at + i] = location + scale * body[i]
    weights.fill(weight / n, at, at + n)
    at += n
  }
  return weightedLowerQuantiles(
    points,
    weights,
    levels.map(level => (level - fraction) / (1 - fraction)),
  )
}
