import { InvalidArgumentError } from 'commander'
import { refuse } from '../base/index.js'

/** A flag's value as a whole number. */
export const whole =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text)
    if (!(text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most))
      throw new InvalidArgumentError(`found ${text}, expected a whole number from ${least} to ${most}.`)
    return value
  }

/** Left-tail levels of a flag that takes several. */
export function level(text: string, previous: readonly number[] | undefined): number[] {
  const value = Number(text)
  if (!(value >= 1e-12 && value < 0.5))
    throw new InvalidArgumentError(`found ${text}, expected a left-tail level inside (0, 0.5), 1e-12 at least.`)
  return [...(previous ?? []), value]
}

/** A flag's JSON object. */
export function jsonObject(text: string, flag: string, example: string): { readonly [name: string]: unknown } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse('BAD_JSON', text, `a JSON object like ${example}`, flag)
  return value as { readonly [name: string]: unknown }
}
