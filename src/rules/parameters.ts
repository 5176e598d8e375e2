import { refuse } from '../base/index.js'

/** A rule's parameters as a scenario writes them, without the rule's name. */
export type RuleParameters = { readonly [name: string]: unknown }

/** Refuses anything but a whole number >= 0: BAD_PARAMETER, naming rule and field. */
export function checkCount(rule: string, name: string, value: unknown): asserts value is number {
  if (!(Number.isSafeInteger(value) && (value as number) >= 0))
    refuse('BAD_PARAMETER', value, 'a whole number >= 0', `${rule}.${name}`)
}

/** Refuses a field that the rule does not have (UNKNOWN_PARAMETER) and one that it lacks (MISSING_PARAMETER), by name. */
export function checkFields(rule: string, given: RuleParameters, names: readonly string[]): void {
  if (typeof given !== 'object' || given === null) refuse('BAD_PARAMETER', given, 'an object of parameters', rule)
  const expected = names.length === 0 ? 'no parameters' : `only ${names.join(', ')}`
  for (const name of Object.keys(given)) {
    if (!names.includes(name)) refuse('UNKNOWN_PARAMETER', name, expected, `${rule}.${name}`)
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

/** The checker of a rule whose one parameter is a whole number >= 0, such as f. */
export const countParameter =
  <Name extends string>(rule: string, name: Name) =>
  (given: RuleParameters): { readonly [name in Name]: number } => {
    checkFields(rule, given, [name])
    const value = given[name]
    checkCount(rule, name, value)
    return { [name]: value } as { readonly [name in Name]: number }
  }
