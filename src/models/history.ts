import { refuse } from '../base/index.js'

/** Refuses a window that no model could learn from; `least` observations are needed. */
export function checkHistory(history: Float64Array, least = 50): void {
  if (history.length < least) refuse('TOO_FEW_RETURNS', `${history.length} returns`, `at least ${least}`, 'history')
  checkReturns(history)
  if (history.every(ret => ret === history[0]))
    refuse('CONSTANT_RETURNS', `${history.length} returns of ${history[0]}`, 'returns that vary', 'history')
}

const LENGTH_MAX = 10_000_000

/** A series as numbers; refuses what is no list of numbers (a missing value is not 0). */
export function returnsOf(values: unknown, where: string): Float64Array {
  const { length } = (values ?? {}) as { readonly length?: unknown }
  if (typeof values === 'string' || !Number.isInteger(length) || (length as number) < 0 || (length as number) > LENGTH_MAX)
    refuse('BAD_RETURN', values, `an array of at most ${LENGTH_MAX} returns`, where)
  const list = values as ArrayLike<unknown>
  const returns = new Float64Array(length as number)
  for (let i = 0; i < returns.length; i++) {
    const value = list[i]
    if (typeof value !== 'number') refuse('BAD_RETURN', value, 'a finite return in percent', `${where}[${i}]`)
    returns[i] = value
  }
  return returns
}

/** Refuses what is no return that an update could absorb. */
export const checkNextReturn = (ret: number): void => checkReturn(ret, 'update', 0)

/** Refuses what is no series of returns in percent. */
export function checkReturns(history: Float64Array, where = 'history'): void {
  for (let i = 0; i < history.length; i++) {
    checkReturn(history[i], where, i)
  }
}

/**
 * Refuses a window of several assets' returns (row-major, one row of `columns` a day) that no model could learn from. Every asset
 * may stand still, but not all of them.
 */
export function checkRows(history: Float64Array, columns: number, least = 50): void {
  if (history.length % columns !== 0)
    refuse('BAD_HISTORY', `${history.length} numbers`, `a multiple of ${columns}: rows of ${columns} asset returns`, 'history')
  const days = history.length / columns
  if (days < least) refuse('TOO_FEW_RETURNS', `${days} days of returns`, `at least ${least}`, 'history')
  checkReturns(history)
  if (history.every((ret, i) => ret === history[i % columns]))
    refuse('CONSTANT_RETURNS', `${days} days of the same returns`, 'returns that vary', 'history')
}

/** Refuses a return that no model could absorb. */
export function checkReturn(ret: number, where: string, at: number): void {
  if (!Number.isFinite(ret)) refuse('BAD_RETURN', ret, 'a finite return in percent', `${where}[${at}]`)
  if (Math.abs(ret) > 1e8) refuse('BAD_RETURN', ret, 'a return in percent, below 1e8 in absolute value', `${where}[${at}]`)
}

/** A sliding window of the last n returns: in order of time (a ring) and ascending. */
export interface SlidingWindow {
  readonly ring: Float64Array
  readonly ascending: Float64Array
  next: number
}

export function openWindow(returns: Float64Array): SlidingWindow {
  return { ring: Float64Array.from(returns), ascending: Float64Array.from(returns).sort(), next: 0 }
}

/** Takes in one value and forgets the oldest, in place. */
export function slide(window: SlidingWindow, value: number): void {
  const { ring, ascending } = window
  replaceSorted(ascending, ring[window.next], value)
  ring[window.next] = value
  window.next = (window.next + 1) % ring.length
}

/** Replaces one occurrence of `old` by `value` in an ascending array, in place. */
export function replaceSorted(ascending: Float64Array, old: number, value: number): void {
  if (value === old) return
  const i = firstAtLeast(ascending, old)
  if (value > old) {
    const end = firstAtLeast(ascending, value)
    ascending.copyWithin(i, i + 1, end)
    ascending[end - 1] = value
  } else {
    const start = firstAtLeast(ascending, value)
    ascending.copyWithin(start + 1, start, i)
    ascending[start] = value
  }
}

function firstAtLeast(ascending: Float64Array, x: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const mid = (low + high) >> 1
    if (ascending[mid] < x) low = mid + 1
    else high = mid
  }
  return low
}

/** 1-based rank of the left quantile of n equally weighted points: the least k with k / n >= p, safe against rounding of n p. */
export const rankOf = (p: number, n: number): number => Math.min(n, Math.max(1, Math.ceil(n * p - 1e-9)))

/** Expected shortfall of n equally weighted ascending points at level p: the exact tail average (Acerbi & Tasche 2002). */
export function tailAverage(ascending: ArrayLike<number>, p: number, n = ascending.length): number {
  const k = rankOf(p, n)
  let sum = 0
  for (let i = 0; i < k - 1; i++) sum += ascending[i]
  return -(sum / n + (p - (k - 1) / n) * ascending[k - 1]) / p
}
