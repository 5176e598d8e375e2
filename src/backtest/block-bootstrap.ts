/**
 * Errors of the means of several series under a circular block bootstrap (Politis & Romano 1992): each replication strings together
 * blocks of `length` days that begin at days from `nextStart` (uniform on 0 .. T - 1), the day after the last being the first,
 * cuts the last block to T days in all, and takes the same days of every series. `centred`: series less their means. Returns, for each
 * series, the mean of every replication. Sums over blocks are differences of running sums, so the days of a block cost nothing.
 */
export function bootstrapErrors(
  centred: readonly Float64Array[],
  length: number,
  replications: number,
  nextStart: () => number,
): Float64Array[] {
  const count = centred.length
  const days = centred[0].length
  const sums = runningSums(centred, length)
  const errors = centred.map(() => new Float64Array(replications))
  const total = new Float64Array(count)
  for (let b = 0; b < replications; b++) {
    total.fill(0)
    for (let day = 0; day < days; day += length) {
      let from = nextStart() * count
      let to = from + Math.min(length, days - day) * count
      for (let i = 0; i < count; i++) total[i] += sums[to++] - sums[from++]
    }
    for (let i = 0; i < count; i++) errors[i][b] = total[i] / days
  }
  return errors
}

/** Day by day, the sum of every series over the days before it, `length` days beyond the end. */
function runningSums(series: readonly Float64Array[], length: number): Float64Array {
  const count = series.length
  const days = series[0].length
  const sums = new Float64Array((days + length + 1) * count)
  for (let t = 0; t < days + length; t++) {
    const day = t < days ? t : t % days
    for (let i = 0; i < count; i++) sums[(t + 1) * count + i] = sums[t * count + i] + series[i][day]
  }
  return sums
}
