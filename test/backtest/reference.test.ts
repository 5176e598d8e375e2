import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { christoffersen, dieboldMariano, kupiec } from '../../src/backtest/index.js'

type Pair = [number, number]
interface Reference {
  coverage: {
    name: string
    days: number
    hitDays: number[]
    level: number
    kupiec: Pair
    independence: Pair
    conditional: Pair
  }[]
  comparison: { name: string; a: number[]; b: number[]; lag: number; meanDifference: number; statistic: number; pValue: number }[]
}
const reference: Reference = JSON.parse(readFileSync(join(__dirname, '../fixtures/backtest.json'), 'utf8'))

const near = (found: number, expected: number): void =>
  expect(Math.abs(found - expected), `${found} against ${expected}`).toBeLessThanOrEqual(1e-10 * Math.abs(expected))

function hitsOf({ days, hitDays }: { days: number; hitDays: number[] }): Uint8Array {
  const hits = new Uint8Array(days)
  for (const day of hitDays) hits[day] = 1
  return hits
}

describe('coverage tests agree with plain likelihoods at 50 digits, p-values in the far tail included', () => {
  it.each(reference.coverage)('$name', example => {
    const hits = hitsOf(example)
    const unconditional = kupiec(hits, example.level)
    expect(unconditional).toMatchObject({ hits: example.hitDays.length, days: example.days })
    const { independence, conditionalCoverage } = christoffersen(hits, example.level)
    const pairs = [
      [unconditional, example.kupiec],
      [independence, example.independence],
      [conditionalCoverage, example.conditional],
    ] as const
    for (const [found, [statistic, pValue]] of pairs) {
      near(found.statistic, statistic)
      near(found.pValue, pValue)
    }
  })
})

describe('Diebold-Mariano agrees with sums at 50 digits', () => {
  it.each(reference.comparison)('$name', ({ a, b, lag, meanDifference, statistic, pValue }) => {
    const found = dieboldMariano(a, b, { lag })
    near(found.meanDifference, meanDifference)
    near(found.statistic, statistic)
    near(found.pValue, pValue)
    expect(dieboldMariano(b, a, { lag }).statistic).toBe(-found.statistic)
  })
})
