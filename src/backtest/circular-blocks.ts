import { nextInteger, refuse, type Stream } from '../base/index.js'

/**
 * A resample of `days` days in blocks of `blockLength` successive ones that start anywhere and run on from the last day to the
 * first: the circular block bootstrap (Politis & Romano 1992). Indices from 0; every day is drawn equally often on average.
 * Errors: TOO_FEW_DAYS, BAD_BLOCK (not a whole number from 1 to `days`).
 */
export function circularBlocks(days: number, blockLength: number, stream: Stream): Int32Array {
  if (!(Number.isInteger(days) && days >= 1)) refuse('TOO_FEW_DAYS', days, 'at least 1 day', 'days')
  if (!(Number.isInteger(blockLength) && blockLength >= 1 && blockLength <= days))
    refuse('BAD_BLOCK', blockLength, `a whole number from 1 to ${days}`, 'blockLength')
  const drawn = new Int32Array(days)
  for (let at = 0; at < days; at += blockLength) {
    const start = nextInteger(stream, days)
    for (let k = 0; k < blockLength && at + k < days; k++) drawn[at + k] = (start + k) % days
  }
  return drawn
}
