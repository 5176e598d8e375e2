import { ROUNDING } from './losses.js'

/** What a step-by-step elimination needs: losses, their means, and the bootstrap errors of these. */
export interface Contest {
  readonly losses: readonly Float64Array[]
  readonly means: Float64Array
  /** The largest absolute loss of each model. */
  readonly largest: Float64Array
  readonly errors: readonly Float64Array[]
}

/** A test of equal expected loss of those that remain, and who leaves (models tied for the worst leave together). */
export interface Elimination {
  readonly models: readonly number[]
  /** Infinite when the worst loses by the same amount every day. */
  readonly statistic: number
  readonly pValue: number
}

/** Statistics closer than this, relative, are equal up to rounding. */
const TIE = 1e-10

/**
 * Elimination by T_R = max |t_ij| (Hansen, Lunde & Nason 2011, section 3.1.2), t_ij the mean difference of models i and j over its
 * bootstrap standard deviation; the model with the largest t_ij leaves. Those that remain at the end do not differ at all.
 */
export function eliminateByRange(contest: Contest): Elimination[] {
  const { means, errors } = contest
  const models = means.length
  const t = new Float64Array(models * models)
  const factor = new Float64Array(models * models)
  for (let i = 0; i < models; i++) {
    for (let j = 0; j < i; j++) {
      const difference = means[i] - means[j]
      const noise = ROUNDING * Math.max(contest.largest[i], contest.largest[j])
      const deviation = pairVaries(contest, i, j, noise) ? rootMeanSquare(errors[i], errors[j]) : 0
      const found = ratio(difference, deviation, noise)
      t[i * models + j] = found
      t[j * models + i] = -found
      factor[i * models + j] = factor[j * models + i] = deviation === 0 ? 0 : 1 / deviation
    }
  }
  const steps: { models: number[]; statistic: number }[] = []
  let alive = Array.from(means, (_, i) => i)
  while (alive.length > 1) {
    const worst = alive.map(i => alive.reduce((largest, j) => Math.max(largest, t[i * models + j]), Number.NEGATIVE_INFINITY))
    const leaving = worstOf(alive, worst, means)
    if (leaving.statistic <= 0) break
    steps.push(leaving)
    alive = alive.filter(i => !leaving.models.includes(i))
  }
  return withRangeP(steps, alive, errors, factor)
}

/** The p-values, from the last set back to the first: the largest |t*| of a set is that of the next one, or of a pair with who left. */
function withRangeP(
  steps: readonly { readonly models: readonly number[]; readonly statistic: number }[],
  last: readonly number[],
  errors: readonly Float64Array[],
  factor: Float64Array,
): Elimination[] {
  const models = errors.length
  const simulated = new Float64Array(errors[0].length)
  const members: number[] = []
  const join = (i: number): void => {
    for (const j of members) raise(simulated, errors[i], errors[j], factor[i * models + j])
    members.push(i)
  }
  for (const i of last) join(i)
  const answer: Elimination[] = []
  for (let s = steps.length - 1; s >= 0; s--) {
    for (const i of steps[s].models) join(i)
    answer.push({ ...steps[s], pValue: shareAtLeast(simulated, steps[s].statistic) })
  }
  return answer.reverse()
}

function raise(simulated: Float64Array, a: Float64Array, b: Float64Array, factor: number): void {
  if (factor === 0) return
  for (let r = 0; r < simulated.length; r++) {
    const value = Math.abs(a[r] - b[r]) * factor
    if (value > simulated[r]) simulated[r] = value
  }
}

/**
 * Elimination by T_max = max t_i (Hansen, Lunde & Nason 2011, section 3.1.2), t_i the mean difference of model i from the average of those
 * that remain over its bootstrap standard deviation; the model with the largest leaves.
 */
export function eliminateByMaximum(contest: Contest): Elimination[] {
  const { means, errors } = contest
  const answer: Elimination[] = []
  const replications = errors[0].length
  let alive = Array.from(means, (_, i) => i)
  while (alive.length > 1) {
    const average = averageOf(alive.map(i => means[i]))
    const noise = (alive.length + 4) * Number.EPSILON * Math.max(...alive.map(i => contest.largest[i]))
    const averageErrors = new Float64Array(replications)
    for (const i of alive) for (let r = 0; r < replications; r++) averageErrors[r] += errors[i][r] / alive.length
    const simulated = new Float64Array(replications).fill(Number.NEGATIVE_INFINITY)
    const t = alive.map(i => {
      const difference = means[i] - average
      const deviation = variesFromAverage(contest, alive, i, noise) ? rootMeanSquare(errors[i], averageErrors) : 0
      const factor = deviation === 0 ? 0 : 1 / deviation
      for (let r = 0; r < replications; r++) simulated[r] = Math.max(simulated[r], (errors[i][r] - averageErrors[r]) * factor)
      return ratio(difference, deviation, noise)
    })
    const leaving = worstOf(alive, t, means)
    if (leaving.statistic <= 0) break
    answer.push({ ...leaving, pValue: shareAtLeast(simulated, leaving.statistic) })
    alive = alive.filter(i => !leaving.models.includes(i))
  }
  return answer
}

/** Who has the largest statistic; where several are infinite, who has the largest mean of them. */
function worstOf(alive: readonly number[], t: readonly number[], means: Float64Array): { models: number[]; statistic: number } {
  const statistic = Math.max(...t)
  const tied = alive.filter((_, k) => t[k] === statistic)
  if (statistic < Number.POSITIVE_INFINITY) return { models: tied, statistic }
  const largest = Math.max(...tied.map(i => means[i]))
  return { models: tied.filter(i => means[i] === largest), statistic }
}

function ratio(difference: number, deviation: number, noise: number): number {
  if (deviation > 0) return difference / deviation
  if (Math.abs(difference) <= noise) return 0
  return difference > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
}

/** sqrt(mean (a - b)^2), of differences as shares of the largest so that squares of tiny or huge ones survive. */
function rootMeanSquare(a: Float64Array, b: Float64Array): number {
  let scale = 0
  for (let r = 0; r < a.length; r++) scale = Math.max(scale, Math.abs(a[r] - b[r]))
  if (scale === 0) return 0
  let sum = 0
  for (let r = 0; r < a.length; r++) {
    const share = (a[r] - b[r]) / scale
    sum += share * share
  }
  return scale * Math.sqrt(sum / a.length)
}

function shareAtLeast(simulated: Float64Array, statistic: number): number {
  let count = 0
  for (const value of simulated) if (value >= statistic * (1 - TIE)) count++
  return count / simulated.length
}

/** The mean, about the first value. */
const averageOf = (values: readonly number[]): number =>
  values[0] + values.reduce((sum, value) => sum + (value - values[0]), 0) / values.length

/** Whether the difference of two models is more than a constant and rounding. */
function pairVaries({ losses, means }: Contest, i: number, j: number, noise: number): boolean {
  const difference = means[i] - means[j]
  return losses[i].some((loss, day) => Math.abs(loss - losses[j][day] - difference) > noise)
}

function variesFromAverage({ losses, means }: Contest, alive: readonly number[], i: number, noise: number): boolean {
  const difference = means[i] - averageOf(alive.map(k => means[k]))
  return losses[i].some((loss, day) => Math.abs(loss - averageOf(alive.map(k => losses[k][day])) - difference) > noise)
}
