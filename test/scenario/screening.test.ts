import { defineScenario, run, type Trace } from 'swarmvar'
import { evaluate } from 'swarmvar/evaluation'
import { evaluationText } from 'swarmvar/report'
import { beforeAll, describe, expect, it } from 'vitest'
import { cheapScenario, cheapSpec } from './cheap.js'

const agents = [
  { id: 'boot', model: { name: 'bayesianBootstrap', options: { window: 100 } } },
  { id: 'fast', model: { name: 'normalInverseGamma', options: { memory: 40 } } },
  { id: 'hist', model: { name: 'historicalSimulation', options: { window: 100 } } },
  { id: 'liar', model: { name: 'ewma' }, behaviour: { attack: { kind: 'bias', riskScale: 0.01 } } },
  { id: 'mess', model: { name: 'ewma' }, behaviour: { attack: { kind: 'malformed', fromDay: 10, toDay: 12 } } },
  { id: 'mute', model: { name: 'ewma' }, behaviour: { attack: { kind: 'silence', fromDay: 20, toDay: 24 } } },
  { id: 'slow', model: { name: 'normalInverseGamma', options: { memory: 80 } } },
]
const rules = [{ name: 'mean' }, { name: 'median' }, { name: 'weightedTrimmedMean', f: 1 }]
const spec = { agents, rules }
const refused = (screening: unknown) => {
  try {
    defineScenario(cheapSpec({ screening } as never))
  } catch (error) {
    return String(error)
  }
  return 'nothing'
}

describe('screening in a scenario', () => {
  it('is absent unless asked for; true stands for its defaults, which are filled in and survive JSON', () => {
    expect(Object.hasOwn(cheapScenario(), 'screening')).toBe(false)
    const scenario = cheapScenario({ screening: true })
    expect(scenario.screening).toEqual({
      level: 0.01,
      loss: 'pinball',
      weights: 'fixedShare',
      eta: expect.closeTo(Math.sqrt((8 * Math.log(5)) / 60), 12),
      alpha: 0.01,
      quarantine: { threshold: 1000, probationDays: 60 },
    })
    expect(defineScenario(JSON.parse(JSON.stringify(scenario)))).toEqual(scenario)
    expect(cheapScenario({ screening: { weights: 'none', quarantine: false } }).screening).toEqual({
      level: 0.01,
      loss: 'pinball',
      weights: 'none',
      quarantine: false,
    })
  })

  it('refuses what makes no sense, by its field', () => {
    expect(refused({ level: 0.02 })).toContain('scenario.screening.level')
    expect(refused({ weights: 'none', eta: 1 })).toContain('scenario.screening.eta')
    expect(refused({ weights: 'bernstein', alpha: 0.1 })).toContain('scenario.screening.alpha')
    expect(refused({ quarantine: { threshold: 1 } })).toContain('scenario.screening')
    expect(refused({ surprise: 1 })).toContain("'surprise'")
    expect(() => defineScenario(cheapSpec({ decision: 'agreement', rules: [], screening: true }))).toThrow('scenario.screening')
  })
})

describe('a run with screening', () => {
  let [screened, plain]: Trace[] = []
  beforeAll(async () => {
    screened = await run(cheapScenario({ ...spec, screening: true }), { seed: 's' })
    plain = await run(cheapScenario(spec), { seed: 's' })
  })

  it('changes nothing of the rules on all reports, and adds every rule on screened ones', () => {
    const labels = ['mean', 'median', 'weightedTrimmedMean']
    expect(Object.keys(screened.ensemble)).toEqual([...labels, ...labels.map(label => `${label}+screened`)])
    for (const label of labels) expect(screened.ensemble[label]).toEqual(plain.ensemble[label])
    expect(screened.agents).toEqual(plain.agents)
    expect(Object.keys(plain.ensemble)).toEqual(labels)
  })

  it('replays to the same digest', async () => {
    const again = await run(cheapScenario({ ...spec, screening: true }), { seed: 's' })
    expect(again.digest).toBe(screened.digest)
    expect(again.digest).not.toBe(plain.digest)
  })

  it('quarantines the liar, and a paired test says what that did', () => {
    const { rules: all, blame } = evaluate(screened)
    expect(all['mean+screened'].unscreened).toBe('mean')
    expect(all.mean.unscreened).toBeNull()
    const score = all['mean+screened'].levels['0.01']
    expect(score.pinballAgainstUnscreened!.meanDifference).toBeCloseTo(
      score.meanPinball! - all.mean.levels['0.01'].meanPinball!,
      12,
    )
    expect(all.mean.levels['0.01'].pinballAgainstUnscreened).toBeNull()
    expect(blame.find(({ agent }) => agent === 'liar')?.counts.quarantined).toBe(1)
  })

  it('keeps the evidence against each agent, and nothing against the others', () => {
    const { blame } = evaluate(screened)
    expect(blame.map(({ agent }) => agent)).toEqual(['liar', 'mess', 'mute'])
    const [liar, mess, mute] = blame
    expect(liar.evidence).toMatchObject({ charge: 'quarantined', detail: expect.stringContaining('understates risk: e-value') })
    expect(mess.counts).toEqual({ equivocated: 0, malformed: 3, quarantined: 0, silent: 0, late: 0 })
    expect(mute.counts).toEqual({ equivocated: 0, malformed: 0, quarantined: 0, silent: 5, late: 0 })
    expect([mute.firstDay, mute.lastDay]).toEqual([screened.days[20], screened.days[24]])
    expect(evaluate(plain).blame.map(({ agent }) => agent)).toEqual(['mess', 'mute'])
  })

  it('is shown: screened against all, the blame, and whether it helped in words', () => {
    const text = evaluationText(evaluate(screened), undefined, 120)
    expect(text).toContain('Screened reports against all, 1 % VaR')
    expect(text).toContain('Blame: the evidence against each agent')
    expect(text).toContain('Screening quarantined liar')
    const without = evaluationText(evaluate(plain), undefined, 120)
    expect(without).not.toContain('Screen')
  })
})

it('a second story is kept as evidence with both stories in short', async () => {
  const { coordinator } = await import('../../src/swarm/index.js')
  const { ruleNamed } = await import('swarmvar/rules')
  const levels = { levels: Float64Array.of(0.01, 0.5, 0.99), riskLevels: Float64Array.of(0.01) }
  const node = coordinator({
    agents: ['a', 'b'],
    rules: [{ label: 'median', rule: ruleNamed('median'), params: {} }],
    levels,
    deadlineMs: 100,
    quorum: 2,
  })
  const report = (from: string, scale: number) => ({
    kind: 'message' as const,
    from,
    topic: 'report',
    body: {
      kind: 'report' as const,
      day: 0,
      forecast: { ...levels, quantiles: Float64Array.of(-2.34567 * scale, 0, 2), shortfalls: Float64Array.of(3 * scale) },
    },
  })
  const key = { kind: 'signal' as const, topic: 'day', body: { kind: 'day' as const, day: 0, returns: new Float64Array(0) } }
  let state = node.init('coordinator', [])
  const notes = [key, report('a', 1), report('b', 1), report('a', 1), report('a', 2)].flatMap(event => {
    const step = node.on(state, event, 5, null as never)
    state = step.state
    return step.note
  })
  // After the decision too; a copy of the first is none.
  expect(notes.filter(({ kind }) => kind !== 'decision')).toEqual([
    { kind: 'equivocated', agent: 'a', detail: 'two different reports of day 0: VaR 2.346, then VaR 4.691' },
  ])
})
