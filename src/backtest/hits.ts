import { refuse } from '../base/index.js'

/** One entry a day, oldest first: whether the return fell below minus the VaR (strictly). */
export type Hits = ArrayLike<number | boolean>

/** The hits as 0 and 1. Errors: BAD_HITS (not an array, or an entry that is not 0, 1 or a boolean), TOO_FEW_DAYS. */
export function parseHits(hits: Hits, daysMin: number): Uint8Array {
  const isArray = Array.isArray(hits) || (ArrayBuffer.isView(hits) && 'length' in hits)
  if (!isArray) refuse('BAD_HITS', hits, 'an array of 0/1 or booleans', 'hits')
  if (hits.length < daysMin) refuse('TOO_FEW_DAYS', `${hits.length} days`, `at least ${daysMin}`, 'hits')
  const result = new Uint8Array(hits.length)
  for (let t = 0; t < hits.length; t++) {
    const hit = hits[t]
    if (hit === 1 || hit === true) result[t] = 1
    else if (hit !== 0 && hit !== false) refuse('BAD_HITS', hit, '0, 1 or a boolean', `hits[${t}]`)
  }
  return result
}

/** Refuses anything but a left-tail probability: BAD_LEVEL. */
export function checkLevel(level: number): void {
  if (!(typeof level === 'number' && level > 0 && level < 1)) refuse('BAD_LEVEL', level, 'a probability inside (0, 1)', 'level')
}
