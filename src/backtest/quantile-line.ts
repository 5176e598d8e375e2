/** y = intercept + slope x: a weighted quantile regression on one regressor, or with slope 0 a weighted quantile. */
export interface QuantileLine {
  readonly intercept: number
  readonly slope: number
}

// A line moves this often at most, from vertex to vertex; each move lowers a convex objective, and a few dozen are usual.
const PIVOTS_MAX = 1000
const ROUNDS_MAX = 100
/** Cumulative weights this close, relative, to what is asked for reach it. */
const REACHED = 1e-12

/**
 * The exact minimiser of sum w rho_level(y - a - b x) (Koenker & Bassett 1978), `x` null for a constant alone. A line through one point is
 * turned to its best slope, a weighted quantile of slopes, which brings it through a second point; the two take turns as the hinge until
 * neither turns it. Only points below about the `start` line plus its scatter are looked at; the others are summed, as long
 * as they stay above (Portnoy & Koenker 1997). null when the walk does not end.
 */
export function weightedQuantileLine(
  y: Float64Array,
  x: Float64Array | null,
  weights: Float64Array,
  level: number,
  start: QuantileLine,
): QuantileLine | null {
  const n = y.length
  const work = workspace(n)
  if (x === null) {
    for (let t = 0; t < n; t++) work.set(t, y[t], weights[t])
    let total = 0
    for (let t = 0; t < n; t++) total += weights[t]
    return { intercept: y[work.label(work.reach(n, level * total))], slope: 0 }
  }
  let line = start
  const active = new Uint8Array(n)
  const residuals = new Float64Array(n)
  for (let t = 0; t < n; t++) residuals[t] = y[t] - line.intercept - line.slope * x[t]
  const cut = quantileOf(residuals, Math.min(1, 3 * level + 20 / n))
  for (let t = 0; t < n; t++) if (residuals[t] <= cut) active[t] = 1
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const found = walk(y, x, weights, level, line, active, work)
    if (found === null) return null
    line = found
    let isSame = true
    for (let t = 0; t < n; t++) {
      if (active[t] === 1 || y[t] - line.intercept - line.slope * x[t] > 0) continue
      active[t] = 1
      isSame = false
    }
    if (isSame) return line
  }
  return null
}

function walk(
  y: Float64Array,
  x: Float64Array,
  weights: Float64Array,
  level: number,
  start: QuantileLine,
  active: Uint8Array,
  work: Workspace,
): QuantileLine | null {
  let farWeight = 0
  let farMoment = 0
  const near: number[] = []
  let total = 0
  for (let t = 0; t < y.length; t++) {
    total += weights[t]
    if (active[t] === 1) near.push(t)
    else {
      farWeight += weights[t]
      farMoment += weights[t] * x[t]
    }
  }
  /** The point that the best line through point i goes through besides. */
  const turn = (i: number): number => {
    let target = level * (farMoment - x[i] * farWeight)
    let count = 0
    for (const t of near) {
      const run = x[t] - x[i]
      if (run === 0) continue
      const weight = weights[t] * Math.abs(run)
      work.set(count, (y[t] - y[i]) / run, weight, t)
      target += weight * (run > 0 ? level : 1 - level)
      count++
    }
    return count === 0 ? -1 : work.label(work.reach(count, target))
  }
  near.forEach((t, k) => {
    work.set(k, y[t] - start.slope * x[t], weights[t], t)
  })
  let hinge = work.label(work.reach(near.length, level * total))
  let other = -1
  for (let pivot = 0; pivot < PIVOTS_MAX; pivot++) {
    const next = turn(hinge)
    if (next < 0) return null
    // The line is best about both of its points.
    if (pivot > 0 && (next === other || isOn(y, x, hinge, other, next))) {
      const third = pivotElsewhere(y, x, near, hinge, other, turn)
      if (third === null) return through(y, x, hinge, other)
      hinge = third.hinge
      other = third.other
      continue
    }
    other = hinge
    hinge = next
  }
  return null
}

/** Where more than two points lie on the line, it may be best about two of them and not about a third. */
function pivotElsewhere(
  y: Float64Array,
  x: Float64Array,
  near: readonly number[],
  hinge: number,
  other: number,
  turn: (i: number) => number,
): { hinge: number; other: number } | null {
  for (const t of near) {
    if (t === hinge || t === other || !isOn(y, x, hinge, other, t)) continue
    const next = turn(t)
    if (next >= 0 && !isOn(y, x, hinge, other, next)) return { hinge: next, other: t }
  }
  return null
}

function isOn(y: Float64Array, x: Float64Array, i: number, j: number, t: number): boolean {
  const { intercept, slope } = through(y, x, i, j)
  return Math.abs(y[t] - intercept - slope * x[t]) <= 1e-12 * (Math.abs(y[t]) + Math.abs(intercept) + Math.abs(slope * x[t]))
}

function through(y: Float64Array, x: Float64Array, i: number, j: number): QuantileLine {
  const slope = (y[j] - y[i]) / (x[j] - x[i])
  return { intercept: y[i] - slope * x[i], slope }
}

interface Workspace {
  set(k: number, value: number, weight: number, label?: number): void
  /** Which of the first `count`: the least value at which the cumulative weight reaches the target. Reorders them. */
  reach(count: number, target: number): number
  label(k: number): number
}

/** Weighted quickselect (Hoare 1961) on three arrays side by side. */
function workspace(n: number): Workspace {
  const values = new Float64Array(n)
  const weights = new Float64Array(n)
  const labels = new Int32Array(n)
  const swap = (i: number, j: number): void => {
    const [value, weight, label] = [values[i], weights[i], labels[i]]
    values[i] = values[j]
    weights[i] = weights[j]
    labels[i] = labels[j]
    values[j] = value
    weights[j] = weight
    labels[j] = label
  }
  return {
    set(k, value, weight, label = k) {
      values[k] = value
      weights[k] = weight
      labels[k] = label
    },
    reach(count, target) {
      let total = 0
      for (let i = 0; i < count; i++) total += weights[i]
      let need = target - REACHED * total
      let low = 0
      let high = count - 1
      while (low < high) {
        const middle = medianOfThree(values, low, (low + high) >> 1, high)
        // Below the pivot, equal to it, above it.
        let below = low
        let above = high
        let at = low
        const pivot = values[middle]
        let weightBelow = 0
        let weightEqual = 0
        while (at <= above) {
          if (values[at] < pivot) {
            weightBelow += weights[at]
            swap(at++, below++)
          } else if (values[at] > pivot) swap(at, above--)
          else weightEqual += weights[at++]
        }
        if (weightBelow >= need && below > low) high = below - 1
        else if (weightBelow + weightEqual >= need || above === high) return below
        else {
          need -= weightBelow + weightEqual
          low = above + 1
        }
      }
      return low
    },
    label: k => labels[k],
  }
}

function medianOfThree(values: Float64Array, i: number, j: number, k: number): number {
  const [a, b, c] = [values[i], values[j], values[k]]
  if (a < b) return b < c ? j : a < c ? k : i
  return a < c ? i : b < c ? k : j
}

function quantileOf(values: Float64Array, level: number): number {
  const ascending = Float64Array.from(values).sort()
  return ascending[Math.min(values.length - 1, Math.floor(level * values.length))]
}
