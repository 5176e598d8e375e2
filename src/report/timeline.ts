/** The days of a trace on a horizontal axis. */
export interface Timeline {
  readonly type: 'utc' | 'linear'
  readonly at: readonly (Date | number)[]
  /** The first and the last day, wide enough to draw a single one. */
  readonly domain: readonly [Date | number, Date | number]
  /** The axis label, which is the day's own when there is but one. */
  readonly label: string | null
}

const DATE = /^\d{4}-\d{2}-\d{2}$/

/** Dates where every label is one, else the number of the day. */
export function timelineOf(days: readonly string[]): Timeline {
  if (days.length < 2) return { type: 'linear', at: [1], domain: [0, 2], label: days[0] ?? null }
  const dates = days.map(day => (DATE.test(day) ? new Date(`${day}T00:00:00Z`) : new Date(Number.NaN)))
  if (dates.every(date => !Number.isNaN(date.getTime()))) {
    return { type: 'utc', at: dates, domain: [dates[0], dates[dates.length - 1]], label: null }
  }
  return { type: 'linear', at: days.map((_, i) => i + 1), domain: [1, days.length], label: 'day' }
}

/** Plot's options of the axis, with about `ticks` ticks on whole days. */
export function axisOf({ type, at, domain, label }: Timeline, ticks: number) {
  return { type, domain, label, ticks: at.length < 2 ? [] : Math.min(ticks, at.length), labelArrow: 'none' as const }
}

/** Days whose neighbours have no number: a line would not show them. */
export const isolatedDays = (values: Float64Array): number[] =>
  [...values.keys()].filter(
    day => Number.isFinite(values[day]) && !Number.isFinite(values[day - 1]) && !Number.isFinite(values[day + 1]),
  )

/**
 * The days to draw, ascending: all of them up to `2 x buckets`, else the first, last, least, largest and first missing
 * of every bucket of each series, so that thinning loses no spike and no gap.
 */
export function daysToDraw(series: readonly ArrayLike<number>[], buckets: number): number[] {
  const days = series[0]?.length ?? 0
  if (days <= 2 * buckets) return Array.from({ length: days }, (_, day) => day)
  const kept = new Set<number>()
  for (let bucket = 0; bucket < buckets; bucket++) {
    const start = Math.floor((bucket * days) / buckets)
    const end = Math.floor(((bucket + 1) * days) / buckets)
    for (const values of series) for (const day of extremes(values, start, end)) kept.add(day)
  }
  kept.add(0).add(days - 1)
  return [...kept].sort((a, b) => a - b)
}

function extremes(values: ArrayLike<number>, start: number, end: number): number[] {
  let least = -1
  let largest = -1
  let missing = -1
  for (let day = start; day < end; day++) {
    if (Number.isNaN(values[day])) {
      if (missing < 0) missing = day
      continue
    }
    if (least < 0 || values[day] < values[least]) least = day
    if (largest < 0 || values[day] > values[largest]) largest = day
  }
  return [least, largest, missing].filter(day => day >= 0)
}
