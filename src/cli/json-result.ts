import type { LevelScore } from '../evaluation/index.js'
import type { Conclusion, Scenario } from '../scenario/index.js'

interface RunResult {
  readonly seed: string
  readonly digest: string
  /** Number of forecast days. */
  readonly days: number
  readonly seconds: number
  readonly rules: { readonly [rule: string]: { readonly [level: string]: LevelScore } }
  readonly conclusions?: readonly Conclusion[]
}

/** The one object that `run --json` prints. */
export function jsonResult({ name, agents }: Scenario, { seed, digest, days, seconds, rules, conclusions }: RunResult): unknown {
  return {
    scenario: name,
    seed,
    digest,
    days,
    agents: agents.map(({ id, model, behaviour }) => ({ id, model, behaviour })),
    rules: mapped(rules, levels => mapped(levels, fieldsOf)),
    ...(conclusions === undefined ? {} : { conclusions }),
    seconds,
  }
}

const fieldsOf = (score: LevelScore) => ({
  hits: score.hits,
  days: score.days,
  expected: score.expectedHits,
  kupiecP: score.kupiecP,
  christoffersenP: score.christoffersenP,
  pinball: score.meanPinball,
  fz0: score.meanFz0,
})

const mapped = <A, B>(all: { readonly [name: string]: A }, change: (value: A) => B): { [name: string]: B } =>
  Object.fromEntries(Object.entries(all).map(([name, value]) => [name, change(value)]))
