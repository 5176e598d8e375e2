import { defineScenario, run, type ScenarioSpec } from 'swarmvar'
import { describe, expect, it } from 'vitest'
import { cheapSpec } from './cheap.js'

const codeOf = (work: () => unknown): { code: string; message: string } => {
  try {
    work()
  } catch (error) {
    return error as { code: string; message: string }
  }
  throw new Error('nothing was refused')
}

describe('defineScenario', () => {
  it('fills in defaults, orders agents by id, freezes, and survives JSON', () => {
    const scenario = defineScenario(cheapSpec())
    expect(scenario.refitEveryDays).toBe(20)
    expect(scenario.riskLevels).toEqual([0.01, 0.025, 0.05])
    expect(scenario.network.quorum).toBe(5)
    expect(scenario.agents.map(({ id }) => id)).toEqual(['boot', 'fast', 'hist', 'risk', 'slow'])
    expect(Object.isFrozen(scenario.agents[0])).toBe(true)
    expect(defineScenario(JSON.parse(JSON.stringify(scenario)))).toEqual(scenario)
  })

  it('takes typed arrays for returns', () => {
    expect(defineScenario(cheapSpec({ market: { returns: Float64Array.of(1, 2) } })).market).toEqual({ returns: [1, 2] })
  })

  it.each<[string, Partial<Record<keyof ScenarioSpec, unknown>> & { typo?: unknown }, string]>([
    ['an unknown field', { typo: 1 }, "scenario: found unknown field 'typo'"],
    ['a missing name', { name: undefined }, 'scenario.name: found nothing, expected a value of type string'],
    ['a window that is too short', { window: 10 }, 'scenario.window: found 10, expected a value of at least 50'],
    ['a text for a number', { days: 'ten' }, "scenario.days: found 'ten', expected a value of type number"],
    ['a level out of range', { riskLevels: [0.7] }, 'scenario.riskLevels[0]: found 0.7, expected a value of less than 0.5'],
    ['no agents', { agents: [] }, 'scenario.agents: found [], expected a length of at least 1'],
    [
      'a quorum above n',
      { network: { quorum: 9 } },
      'scenario.network.quorum: found 9, expected at most the number of agents, 5',
    ],
    ['a level beside a grid level', { riskLevels: [0.010000000000000002] }, 'expected 0.01 itself'],
    ['a deadline before a training is over', { network: { deadlineMs: 5 } }, 'scenario.network.deadlineMs: found 5'],
    ['a rule name that is no name', { rules: [{ name: '2' }] }, 'scenario.rules[0].name'],
    ['a deadline beyond the day', { network: { deadlineMs: 5000 } }, 'scenario.network.deadlineMs: found 5000'],
    ['an unknown market field', { market: { csv: 'a.csv', colour: 'red' } }, "scenario.market: found unknown field 'colour'"],
    ['an unknown market', { market: 'dax' }, "scenario.market: found 'dax'"],
    ['no rules', { rules: [] }, 'scenario.rules: found no rules'],
    ['rules without anybody to apply them', { decision: 'agreement' }, 'scenario.rules: found 3 rules'],
    ['an unknown way to decide', { decision: 'oracle', rules: [] }, 'scenario.decision'],
    [
      'an agreement longer than the day',
      { decision: { roundMs: 60 }, rules: [] },
      'scenario.decision: found 21 rounds of 60 ms that begin at 100 ms',
    ],
    ['a range beyond all bounds', { decision: { range: 1e308 }, rules: [] }, 'scenario.decision.range: found 1e+308'],
    ['an epsilon of nothing', { decision: { epsilon: 1e-300 }, rules: [] }, 'scenario.decision.epsilon: found 1e-300'],
    ['an outage of nobody', { network: { outages: [{ id: 'ghost', fromMs: 0, toMs: 1 }] } }, 'scenario.network.outages[0].id'],
    [
      'an outage that ends before it begins',
      { network: { outages: [{ id: 'boot', fromMs: 5, toMs: 5 }] } },
      'scenario.network.outages[0].toMs: found 5',
    ],
    ['a storm beyond the last day', { network: { storm: { untilDay: 61 } } }, 'scenario.network.storm.untilDay: found 61'],
  ])('names %s with what was found and what was expected', (_, changes, expected) => {
    const error = codeOf(() => defineScenario({ ...cheapSpec(), ...changes } as ScenarioSpec))
    expect(error.code).toBe('BAD_SCENARIO')
    expect(error.message).toContain(expected)
    expect(error.message).not.toContain('\n')
  })

  it.each<[string, unknown, string]>([
    ['a function', () => 1, 'found function'],
    ['a bigint', 1n, 'found bigint'],
    ['NaN', Number.NaN, 'found NaN'],
    ['a class instance', new Date(0), 'an instance of a class'],
    ['a hole', [undefined], 'found undefined'],
  ])('refuses %s anywhere, since JSON would not keep it', (_, value, words) => {
    const agents = [{ id: 'x', model: { name: 'ewma', options: { lambda: value } } }] as ScenarioSpec['agents']
    const error = codeOf(() => defineScenario(cheapSpec({ agents })))
    expect(error.code).toBe('BAD_SCENARIO')
    expect(error.message).toContain('scenario.agents[0].model.options.lambda')
    expect(error.message).toContain(words)
  })

  it('refuses a cycle, and turns -0 into 0', () => {
    const options: { [name: string]: unknown } = {}
    options.self = options
    expect(
      codeOf(() => defineScenario(cheapSpec({ agents: [{ id: 'x', model: { name: 'ewma', options } }] }))).message,
    ).toContain('a cycle')
    const agents = [{ id: 'x', model: { name: 'ewma' }, behaviour: { attack: { kind: 'bias', shift: -0 } } }]
    expect(Object.is(defineScenario(cheapSpec({ agents, rules: [{ name: 'mean' }] })).agents[0].behaviour.attack?.shift, 0)).toBe(
      true,
    )
  })

  it('leaves the coordinator unsaid, and fills in what an agreement and a storm need', () => {
    expect(defineScenario(cheapSpec({ decision: 'coordinator' }))).toEqual(defineScenario(cheapSpec()))
    const scenario = defineScenario(cheapSpec({ decision: 'agreement', rules: [], network: { storm: true } }))
    expect(scenario.decision).toEqual({
      kind: 'agreement',
      protocol: 'synchronous',
      f: 1,
      epsilon: 0.001,
      range: 1000,
      roundMs: 2,
    })
    expect(scenario.network.storm).toEqual({ untilDay: 40, intensity: 1 })
    expect(defineScenario(JSON.parse(JSON.stringify(scenario)))).toEqual(scenario)
  })

  it('refuses two agents of one id', () => {
    const agents = [...cheapSpec().agents, cheapSpec().agents[0]]
    expect(codeOf(() => defineScenario(cheapSpec({ agents }))).message).toContain("two agents 'boot'")
  })
})

describe('run refuses before the first day', () => {
  const refusal = async (changes: Partial<ScenarioSpec>): Promise<{ code: string; message: string }> => {
    try {
      await run(defineScenario(cheapSpec(changes)))
    } catch (error) {
      return error as { code: string; message: string }
    }
    throw new Error('nothing was refused')
  }
  const agent = (model: object, behaviour: object = {}): ScenarioSpec['agents'] => [
    { id: 'x', model: model as { name: string }, behaviour },
  ]

  it.each<[string, Partial<ScenarioSpec>, string, string]>([
    [
      'an unknown model',
      { agents: agent({ name: 'oracle' }), rules: [{ name: 'mean' }] },
      'UNKNOWN_MODEL',
      'scenario.agents.x.model.name: found oracle, expected one of',
    ],
    [
      'an unknown prior field',
      { agents: agent({ name: 'garchT', prior: { nu: 3 } }), rules: [{ name: 'mean' }] },
      'BAD_MODEL',
      "scenario.agents.x.prior: found unknown field 'nu'",
    ],
    [
      'options of a model without any',
      { agents: agent({ name: 'garchT', options: { a: 3 } }), rules: [{ name: 'mean' }] },
      'BAD_MODEL',
      'this model has none',
    ],
    ['an unknown rule', { rules: [{ name: 'majority' }] }, 'UNKNOWN_RULE', 'scenario.rules[0].name: found majority'],
    ['f too large for n', { rules: [{ name: 'trimmedMean', f: 3 }] }, 'TOO_MANY_FAULTS', 'at least 7 agents'],
    ['a quorum below what a rule needs', { network: { quorum: 2 } }, 'TOO_MANY_FAULTS', 'scenario.network.quorum'],
    ['f missing', { rules: [{ name: 'trimmedMean' }] }, 'MISSING_PARAMETER', 'trimmedMean.f'],
    [
      'an unknown attack',
      { agents: agent({ name: 'ewma' }, { attack: { kind: 'tickle' } }), rules: [{ name: 'mean' }] },
      'UNKNOWN_ATTACK',
      'found tickle',
    ],
    [
      'a bad attack parameter',
      { agents: agent({ name: 'ewma' }, { attack: { kind: 'noise', sd: -1 } }), rules: [{ name: 'mean' }] },
      'BAD_ATTACK',
      'scenario.agents.x.behaviour.attack.sd',
    ],
    ['an unknown link', { network: { links: [{ kind: 'wormhole' }] } }, 'BAD_LINK', 'scenario.network.links[0]'],
    ['an unknown topology', { network: { topology: 'tree' } }, 'BAD_TOPOLOGY', 'scenario.network.topology'],
    ['too few returns', { days: 500 }, 'TOO_FEW_RETURNS', 'found 200 returns, expected at least window + days = 620'],
    ['constant returns', { market: { returns: new Array(200).fill(1) } }, 'CONSTANT_RETURNS', 'agent boot'],
    ['a return that is no number', { market: { prices: [1, 2, -3] } }, 'BAD_PRICE', 'scenario.market.prices[2]: found -3'],
    ['a missing use module', { use: ['./nowhere.ts'] }, 'UNREADABLE_FILE', 'nowhere.ts'],
  ])('%s', async (_, changes, code, words) => {
    const error = await refusal(changes)
    expect(error.code).toBe(code)
    expect(error.message).toContain(words)
  })

  it('keeps no -0 in weights: JSON would lose it, and with it the replay', () => {
    const scenario = defineScenario({
      name: 'zero',
      market: { returns: [[1, 2]], weights: [-0, 1] },
      window: 50,
      days: 1,
      agents: [{ id: 'a', model: { name: 'ewma' } }],
      rules: [{ name: 'mean' }],
    } as never)
    expect(Object.is((scenario.market as unknown as { weights: number[] }).weights[0], 0)).toBe(true)
  })
})
