import { expect, it } from 'vitest'
import { type RuleParameters, ruleNamed, ruleTable } from '../../src/rules/index.js'
import { poolLaws } from '../laws/pool-laws.js'
import { ruleLaws } from '../laws/rule-laws.js'

const none = (): readonly RuleParameters[] => [{}]
const upTo = (most: number): { readonly f: number }[] => Array.from({ length: Math.max(0, most + 1) }, (_, f) => ({ f }))
const minority = (n: number): readonly RuleParameters[] => upTo(Math.floor((n - 1) / 2))

/** The parameters with which each rule is held to the laws. */
const params: { readonly [name: string]: (n: number) => readonly RuleParameters[] } = {
  bulyan: n => upTo(Math.floor((n - 3) / 4)),
  centeredClipping: () => [
    { tau: 1, steps: 3 },
    { tau: 30, steps: 10 },
  ],
  geometricMedian: none,
  hodgesLehmann: none,
  huber: () => [{}, { k: 0.01 }, { k: 20 }],
  krum: n => upTo(Math.floor((n - 3) / 2)),
  mean: none,
  meanAroundMedian: minority,
  median: none,
  medianOfMeans: n => [1, 2, 3, 4, 5].filter(blocks => blocks <= n).map(blocks => ({ blocks })),
  minimumDiameter: n => minority(n).slice(0, 5),
  multiKrum: n => upTo(Math.floor((n - 3) / 2)).map(({ f }) => ({ f, m: n - f })),
  trimmedMean: minority,
  trimmedMidpoint: minority,
  tukey: () => [{}, { c: 1 }],
  weightedMedian: () => [{}, { which: 'upper' }, { which: 'mid' }],
  weightedTrimmedMean: minority,
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
