import { refuse } from '../base/index.js'

/** In the order of the tests; null where a test gave none. */
export type PValues = readonly (number | null)[]

/**
 * Adjusted p-values by Holm (1979): those at most a bound the probability of any false rejection by a, however the tests depend on
 * each other. In input order; null stays null and does not count. Errors: BAD_P_VALUE.
 */
export const holm = (pValues: PValues): (number | null)[] =>
  adjusted(pValues, (ascending, out) => {
    const n = ascending.length
    let largest = 0
    for (let i = 0; i < n; i++) {
      largest = Math.max(largest, Math.min(1, (n - i) * ascending[i]))
      out[i] = largest
    }
  })

/**
 * Adjusted p-values by Benjamini & Hochberg (1995): rejecting those at most a bounds the expected share of false rejections by a,
 * for tests that are independent or positively dependent. In input order; null stays null and does not count. Errors: BAD_P_VALUE.
 */
export const benjaminiHochberg = (pValues: PValues): (number | null)[] =>
  adjusted(pValues, (ascending, out) => {
    const n = ascending.length
    let least = 1
    for (let i = n - 1; i >= 0; i--) {
      least = Math.min(least, (n / (i + 1)) * ascending[i])
      out[i] = least
    }
  })

function adjusted(pValues: PValues, adjust: (ascending: Float64Array, out: Float64Array) => void): (number | null)[] {
  if (!Array.isArray(pValues)) refuse('BAD_P_VALUE', pValues, 'an array of p-values or null', 'pValues')
  const present: number[] = []
  for (let i = 0; i < pValues.length; i++) {
    const p = pValues[i]
    if (p === null) continue
    if (!(typeof p === 'number' && p >= 0 && p <= 1)) refuse('BAD_P_VALUE', p, 'a number from 0 to 1, or null', `pValues[${i}]`)
    present.push(i)
  }
  const at = (i: number): number => pValues[i] as number
  present.sort((i, j) => at(i) - at(j) || i - j)
  const out = new Float64Array(present.length)
  adjust(Float64Array.from(present, at), out)
  const result: (number | null)[] = pValues.map(() => null)
  present.forEach((i, rank) => {
    result[i] = out[rank]
  })
  return result
}
