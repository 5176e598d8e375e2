const BEYOND = 1.15

/** A vertical range and what it leaves out. */
export interface Span {
  readonly low: number
  readonly high: number
}

/**
 * A range around zero that most series fit in whole, whatever one of them says. A series that leaves 2.5 times what a
 * quarter of them stay within, and 1.5 times the largest return, does not count: the range ends a little beyond the rest.
 */
export function robustSpan(series: readonly ArrayLike<number>[], returns: ArrayLike<number>): Span {
  const reach = Math.max(0, ...Array.from(returns, Math.abs))
  const all = series.map(finiteOf).filter(values => values.length > 0)
  const high = robustMaximum(
    all.map(values => values[values.length - 1]),
    reach,
  )
  const low = robustMaximum(
    all.map(values => -values[0]),
    reach,
  )
  const span = { low: Math.min(0, -low), high: Math.max(0, high) }
  return span.high > span.low ? span : { low: -1, high: 1 }
}

function robustMaximum(maxima: readonly number[], reach: number): number {
  const ascending = Float64Array.from(maxima).sort()
  if (ascending.length === 0) return 0
  const limit = Math.max(2.5 * ascending[(ascending.length - 1) >> 2], 1.5 * reach)
  const fitting = ascending.filter(maximum => maximum <= limit)
  if (fitting.length === ascending.length) return ascending[ascending.length - 1]
  return fitting.length === 0 ? limit : BEYOND * fitting[fitting.length - 1]
}

const finiteOf = (values: ArrayLike<number>): Float64Array => Float64Array.from(values).filter(Number.isFinite).sort()

/** The span with all of `values` inside it. */
export const widened = ({ low, high }: Span, values: ArrayLike<number>): Span =>
  Array.from(values).reduce<Span>((span, x) => ({ low: Math.min(span.low, x), high: Math.max(span.high, x) }), { low, high })

export const clamp = (x: number, { low, high }: Span): number => (Number.isNaN(x) ? x : Math.min(high, Math.max(low, x)))

/** What a span cuts off of one series. */
export interface CutOff {
  readonly name: string
  readonly days: number
  /** The value farthest outside. */
  readonly extreme: number
}

/** null where the series fits. */
export function cutOff(name: string, values: ArrayLike<number>, { low, high }: Span): CutOff | null {
  let days = 0
  let extreme = 0
  for (let i = 0; i < values.length; i++) {
    if (!(values[i] > high || values[i] < low)) continue
    days++
    if (Math.abs(values[i]) > Math.abs(extreme)) extreme = values[i]
  }
  return days === 0 ? null : { name, days, extreme }
}
