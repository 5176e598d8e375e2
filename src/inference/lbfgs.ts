/** A function to be minimised: its value at x (Infinity: not allowed there), its gradient into `gradient`. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number

const MEMORY = 10

/**
 * Limited-memory BFGS (Liu & Nocedal 1989) with a backtracking line search (Armijo) and a check of curvature.
 * `hasConverged`: the gradient, or what a step can gain, vanished within `iterations`.
 */
export function minimise(
  objective: Objective,
  start: Float64Array,
  iterations: number,
): { x: Float64Array; value: number; hasConverged: boolean } {
  const n = start.length
  let x: Float64Array = Float64Array.from(start)
  let gradient = new Float64Array(n)
  let value = objective(x, gradient)
  const pairs: { s: Float64Array; y: Float64Array; sy: number }[] = []
  for (let i = 0; i < iterations; i++) {
    const direction = twoLoop(gradient, pairs)
    const slope = dot(direction, gradient)
    // Half of the slope is what the step would gain on a quadratic.
    if (!(slope < -1e-11 * (1 + Math.abs(value)))) return { x, value, hasConverged: true }
    const next = new Float64Array(n)
    const nextGradient = new Float64Array(n)
    let step = pairs.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1
    let there = Number.POSITIVE_INFINITY
    for (let halvings = 0; halvings < 40; halvings++, step /= 2) {
      for (let k = 0; k < n; k++) next[k] = x[k] + step * direction[k]
      there = objective(next, nextGradient)
      if (there <= value + 1e-4 * step * slope) break
    }
    if (!(there < value)) {
      // Along the gradient itself there is nothing to gain either: rounding decides here.
      if (pairs.length === 0) return { x, value, hasConverged: -slope < 1e-6 * (1 + Math.abs(value)) }
      pairs.length = 0
      continue
    }
    const s = next.map((v, k) => v - x[k])
    const y = nextGradient.map((v, k) => v - gradient[k])
    const sy = dot(s, y)
    if (sy > 1e-10 * Math.sqrt(dot(s, s) * dot(y, y))) {
      pairs.push({ s, y, sy })
      if (pairs.length > MEMORY) pairs.shift()
    }
    x = next
    gradient = nextGradient
    value = there
  }
  return { x, value, hasConverged: false }
}

/** Minus the approximate inverse Hessian times the gradient. */
function twoLoop(gradient: Float64Array, pairs: readonly { s: Float64Array; y: Float64Array; sy: number }[]): Float64Array {
  const q = gradient.map(v => -v)
  const alpha = new Float64Array(pairs.length)
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { s, y, sy } = pairs[i]
    alpha[i] = dot(s, q) / sy
    for (let k = 0; k < q.length; k++) q[k] -= alpha[i] * y[k]
  }
  const last = pairs[pairs.length - 1]
  if (last !== undefined) {
    const scale = last.sy / dot(last.y, last.y)
    for (let k = 0; k < q.length; k++) q[k] *= scale
  }
  pairs.forEach(({ s, y, sy }, i) => {
    const beta = dot(y, q) / sy
    for (let k = 0; k < q.length; k++) q[k] += (alpha[i] - beta) * s[k]
  })
  return q
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}
