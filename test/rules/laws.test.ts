import { expect, it } from 'vitest'
import { type RuleParameters, ruleNamed, ruleTable } from '../../src/rules/index.js'
import { poolLaws } from '../laws/pool-laws.js'
import { ruleLaws } from '../laws/rule-laws.js'

const none = (): readonly RuleParameters[] => [{}]
const upTo = (most: number): readonly RuleParameters[] => Array.from({ length: most + 1 }, (_, f) => ({ f }))

/** The parameters with which each rule is held to the laws. */
const params: { readonly [name: string]: (n: number) => readonly RuleParameters[] } = {
  mean: none,
  median: none,
  trimmedMean: n => upTo(Math.floor((n - 1) / 2)),
  weightedTrimmedMean: n => upTo(Math.floor((n - 1) / 2)),
}

/** Rules that act on whole forecasts alone. */
const pools = ['linearPool', 'logPool']

it('every rule of the table is held to the laws, under its own name', () => {
  expect([...Object.keys(params), ...pools].sort()).toEqual(Object.keys(ruleTable).sort())
  for (const [name, rule] of Object.entries(ruleTable)) expect(rule.name).toBe(name)
})

it('a rule is found by its name, and no other word is a rule', () => {
  expect(ruleNamed('median')).toBe(ruleTable.median)
  for (const name of ['Median', 'toString', '__proto__', '']) {
    expect(() => ruleNamed(name)).toThrow(expect.objectContaining({ code: 'UNKNOWN_RULE' }))
  }
})

for (const rule of Object.values(ruleTable)) {
  if (pools.includes(rule.name)) poolLaws(rule)
  else ruleLaws({ rule, params: params[rule.name] })
}
