import { refuse } from '../base/index.js'

/** A rule's parameters as a scenario writes them, without the rule's name. */
export type RuleParameters = { readonly [name: string]: unknown }

/** Refuses anything but a whole number >= `least`: BAD_PARAMETER, naming rule and field. */
export function checkCount(rule: string, name: string, value: unknown, least = 0): asserts value is number {
  if (!(Number.isSafeInteger(value) && (value as number) >= least))
    refuse('BAD_PARAMETER', value, `a whole number >= ${least}`, `${rule}.${name}`)
}

/** Refuses anything but a number above 0: BAD_PARAMETER, naming rule and field. */
export function checkPositive(rule: string, name: string, value: unknown): asserts value is number {
  if (!(typeof value === 'number' && value > 0 && value < Number.POSITIVE_INFINITY))
    refuse('BAD_PARAMETER', value, 'a finite number > 0', `${rule}.${name}`)
}

/** Refuses fewer reports than a rule needs: TOO_MANY_FAULTS. `asked` says what asks for so many, `bound` the formula. */
export function checkEnough(rule: string, n: number, needs: number, asked: string, bound: string): void {
  if (n < needs) refuse('TOO_MANY_FAULTS', `${asked} of ${n} reports`, `at least ${bound} = ${needs} reports`, rule)
}

/** Refuses a field that the rule does not have (UNKNOWN_PARAMETER) and one that it lacks (MISSING_PARAMETER), by name. */
export function checkFields(
  rule: string,
  given: RuleParameters,
  names: readonly string[],
  optional: readonly string[] = [],
): void {
  if (typeof given !== 'object' || given === null) refuse('BAD_PARAMETER', given, 'an object of parameters', rule)
  const known = [...names, ...optional]
  const expected = known.length === 0 ? 'no parameters' : `only ${known.join(', ')}`
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) refuse('UNKNOWN_PARAMETER', name, expected, `${rule}.${name}`)
  }
  for (const name of names) {
    if (!Object.hasOwn(given, name) || given[name] === undefined)
      refuse('MISSING_PARAMETER', 'nothing', 'a value', `${rule}.${name}`)
  }
}

/** The checker of a rule without parameters. */
export const noParameters =
  (rule: string) =>
  (given: RuleParameters): { readonly [name: string]: never } => {
    checkFields(rule, given, [])
    return {}
  }

/** The checker of a rule whose one parameter is a whole number >= `least`, such as f. */
export const countParameter =
  <Name extends string>(rule: string, name: Name, least = 0) =>
  (given: RuleParameters): { readonly [name in Name]: number } => {
    checkFields(rule, given, [name])
    const value = given[name]
    checkCount(rule, name, value, least)
    return { [name]: value } as { readonly [name in Name]: number }
  }
