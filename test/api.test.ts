import { run, type Scenario, sweep } from 'swarmvar'
import { dieboldMariano } from 'swarmvar/backtest'
import { loo, psis, rhat, stackingWeights } from 'swarmvar/inference'
import { ewma, garchT, type Model, fit as posteriorOf } from 'swarmvar/models'
import { vincentize } from 'swarmvar/rules'
import { describe, expect, it } from 'vitest'

const wrong = <T>(value: unknown): T => value as T
const history = Float64Array.from({ length: 60 }, (_, i) => ((i * 37) % 11) - 5)

describe('public functions answer input of the wrong type with a code', () => {
  const forecast = ewma().forecast({ variance: 1 }, { levels: Float64Array.of(0.1, 0.5), riskLevels: new Float64Array(0) })

  it.each<[string, () => unknown, string]>([
    ['psis of nothing', () => psis(wrong(null)), 'BAD_LOG_RATIOS'],
    ['psis of a matrix', () => psis(wrong([[1, 2], [3]])), 'BAD_LOG_RATIOS'],
    ['psis with a text for its efficiency', () => psis([1, 2], { relativeEss: wrong('x') }), 'BAD_RELATIVE_ESS'],
    ['rhat of a text', () => rhat(wrong('x')), 'BAD_CHAINS'],
    ['loo of nothing', () => loo(wrong(null)), 'BAD_LOG_LIKELIHOODS'],
    ['loo with a text for its efficiency', () => loo([new Float64Array(2)], { relativeEss: wrong('x') }), 'BAD_RELATIVE_ESS'],
    ['stacking of no models', () => stackingWeights([]), 'BAD_ELPD'],
    ['fit of no model', () => posteriorOf(wrong<Model>(null), history, { seed: 's' }), 'BAD_MODEL'],
    ['fit to no history', () => posteriorOf(garchT(), wrong(null), { seed: 's' }), 'BAD_RETURN'],
    ['fit without a seed', () => posteriorOf(garchT(), history, wrong(undefined)), 'BAD_SEED'],
    ['fit with half a chain', () => posteriorOf(garchT(), history, { seed: 's', chains: 0.5 }), 'BAD_EFFORT'],
    ['dieboldMariano with a text for its lag', () => dieboldMariano([1, 2, 4], [2, 1, 1], { lag: wrong('x') }), 'BAD_LAG'],
    ['vincentize by no rule', () => vincentize([forecast], wrong(5)), 'BAD_RULE'],
    ['a prior that reaches for the prototype', () => garchT(JSON.parse('{"constructor": 1}')), 'BAD_MODEL'],
  ])('%s', (_, call, code) => {
    let found: unknown
    try {
      call()
    } catch (error) {
      found = (error as { code?: string }).code
    }
    expect(found).toBe(code)
  })

  it.each<[string, () => Promise<unknown>, string]>([
    ['run of nothing', () => run(wrong<Scenario>(null)), 'BAD_SCENARIO'],
    ['run of a raw spec', () => run(wrong<Scenario>({ name: 'x', agents: [], rules: [] })), 'BAD_SCENARIO'],
    [
      'sweep without options',
      async () => sweep(wrong<Scenario>({}), {}, wrong(undefined))[Symbol.asyncIterator]().next(),
      'BAD_SEED',
    ],
    [
      'sweep of a function that gives none',
      async () =>
        sweep(() => wrong<Scenario>(5), {}, { seed: 's' })
          [Symbol.asyncIterator]()
          .next(),
      'BAD_SCENARIO',
    ],
  ])('%s', async (_, call, code) => {
    await expect(call()).rejects.toMatchObject({ code })
  })
})
