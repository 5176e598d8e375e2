/** What stands where there is no number. */
export const NONE = '–'

/** `digits` decimals; fewer for large numbers, powers of ten for huge ones. */
export function fixed(x: number | null, digits: number): string {
  if (x === null || !Number.isFinite(x)) return NONE
  const size = Math.abs(x)
  if (size >= 1e6) return x.toExponential(1).replace('e+', 'e')
  if (size >= 1000) return x.toFixed(0)
  if (size >= 100) return x.toFixed(Math.min(digits, 1))
  if (x !== 0 && size < 0.5 / tenTo(digits)) return x.toExponential(0)
  return x.toFixed(digits)
}

/** An expected number of hits: one decimal, two below one. */
export const fixedExpected = (hits: number): string => fixed(hits, hits < 1 ? 2 : 1)

/** Like {@link fixed}, with the sign of positive numbers. */
export const signed = (x: number | null, digits: number): string =>
  x !== null && x > 0 ? `+${fixed(x, digits)}` : fixed(x, digits)

/** A p-value: three decimals, or a power of ten in the far tail. */
export function pValue(p: number | null): string {
  if (p === null || !Number.isFinite(p)) return NONE
  if (p === 0) return '<1e-300'
  return p < 0.001 ? p.toExponential(0) : p.toFixed(3)
}

/** .025 reads '2.5 %'. */
export const percent = (level: number): string => `${Number((level * 100).toPrecision(10))} %`

/** 1 hit, 2 hits. */
export const counted = (n: number, noun: string, plural = `${noun}s`): string => `${n} ${n === 1 ? noun : plural}`

/** a; a and b; a, b and c. */
export function listed(names: readonly string[]): string {
  if (names.length < 2) return names.join('')
  return `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`
}

/** At most `width` characters, the last an ellipsis where some are missing. */
export function shortened(text: string, width: number): string {
  const characters = [...text]
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`
}

function tenTo(digits: number): number {
  let power = 1
  for (let i = 0; i < digits; i++) power *= 10
  return power
}
