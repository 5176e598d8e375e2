import { expect, it } from 'vitest'
import { type RuleParameters, ruleNamed, ruleTable } from '../../src/rules/index.js'
import { poolLaws } from '../laws/pool-laws.js'
import { type RuleLawCase, ruleLaws } from '../laws/rule-laws.js'

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
  // With one neighbour, two rows nearest each other always tie.
  krum: n => (n === 3 ? [] : upTo(Math.floor((n - 3) / 2))),
  mean: none,
  meanAroundMedian: minority,
  median: none,
  medianOfMeans: n => [1, 2, 3, 4, 5].filter(blocks => blocks <= n).map(blocks => ({ blocks })),
  minimumDiameter: n => minority(n).slice(0, 5),
  multiKrum: n => (n === 3 ? [] : upTo(Math.floor((n - 3) / 2)).map(({ f }) => ({ f, m: n - f }))),
  trimmedMean: minority,
  trimmedMidpoint: minority,
  tukey: () => [{}, { c: 3 }],
  weightedMedian: () => [{}, { which: 'upper' }, { which: 'mid' }],
  weightedTrimmedMean: minority,
}

const index = 'the lower index wins'
const ties: { readonly [name: string]: string } = {
  bulyan: index,
  krum: index,
  meanAroundMedian: 'of values as far from the median the smaller wins',
  minimumDiameter: index,
  multiKrum: index,
  tukey: 'between two roots as near the median',
}

const except: { readonly [name: string]: RuleLawCase['except'] } = {
  bulyan: { permutation: 'in the last rounds one neighbour is left, and two rows nearest each other tie' },
  centeredClipping: { scale: 'tau has to scale too' },
  minimumDiameter: { permutation: 'subsets that share their widest pair tie' },
  medianOfMeans: { permutation: 'blocks are consecutive' },
}

/** Rules that act on whole forecasts alone. */
const pools = ['linearPool', 'logPool', 'wassersteinMedian']

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
  else
    ruleLaws({
      rule,
      params: params[rule.name],
      ...(except[rule.name] && { except: except[rule.name] }),
      ...(ties[rule.name] && { ties: ties[rule.name] }),
    })
}
