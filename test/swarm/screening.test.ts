import { ruleNamed } from 'swarmvar/rules'
import { describe, expect, it } from 'vitest'
import { childKey, openStream, rootKey } from '../../src/base/index.js'
import { drawNormal, normalPdf, normalQuantile } from '../../src/distributions/index.js'
import type { Forecast } from '../../src/forecast/index.js'
import type { Event, Note } from '../../src/network/index.js'
import { type Body, type CoordinatorPlan, coordinator, type DayRecord, type ScreeningPlan } from '../../src/swarm/index.js'
import { unitLoss } from '../../src/swarm/track-record.js'

const levels = { levels: Float64Array.of(0.01, 0.05, 0.5, 0.95, 0.99), riskLevels: Float64Array.of(0.01, 0.05) }
const key = childKey(rootKey('s'), 'x')
const screening: ScreeningPlan = {
  level: 0.01,
  loss: 'pinball',
  weights: 'fixedShare',
  eta: 0.2,
  alpha: 0.01,
  quarantine: { threshold: 1000, probationDays: 60 },
}

const normal = (sigma: number): Forecast => ({
  levels: levels.levels,
  quantiles: levels.levels.map(p => sigma * normalQuantile(p)),
  riskLevels: levels.riskLevels,
  shortfalls: levels.riskLevels.map(p => (sigma * normalPdf(normalQuantile(p))) / p),
})

interface Told {
  /** What an agent reports on a day: the scale of its normal forecast; null for nothing. */
  readonly says: { readonly [id: string]: (day: number) => number | null }
  readonly days: number
  readonly rules?: readonly { readonly name: string; readonly f?: number }[]
  readonly plan?: Partial<ScreeningPlan>
  readonly seed?: string
}

interface Heard {
  readonly notes: readonly (Note & { readonly day: number })[]
  readonly records: readonly DayRecord[]
}

/** Standard normal returns, and a coordinator that hears the agents every day. */
function play({ says, days, rules = [{ name: 'median' }], plan = {}, seed = 'returns' }: Told): Heard {
  const agents = Object.keys(says).sort()
  const labelled = rules.map(({ name, ...params }) => ({ label: name, rule: ruleNamed(name), params }))
  const coordinatorPlan: CoordinatorPlan = {
    agents,
    rules: [...labelled, ...labelled.map(rule => ({ ...rule, label: `${rule.label}+screened`, isScreened: true }))],
    levels,
    deadlineMs: 100,
    quorum: agents.length,
    screening: { ...screening, ...plan },
  }
  const node = coordinator(coordinatorPlan)
  let state = node.init('coordinator', [])
  const stream = openStream(childKey(rootKey(seed), 'returns'))
  const notes: (Note & { day: number })[] = []
  const tell = (day: number, event: Event<Body>): void => {
    const step = node.on(state, event, 1000 * day, key)
    state = step.state
    notes.push(...step.note.map(note => ({ ...note, day })))
  }
  const training = Float64Array.from({ length: 100 }, () => drawNormal(stream))
  for (let day = 0; day < days; day++) {
    const returns = day === 0 ? training : Float64Array.of(drawNormal(stream))
    tell(day, { kind: 'signal', topic: 'day', body: { kind: 'day', day, returns } })
    for (const id of agents) {
      const sigma = says[id](day)
      if (sigma === null) continue
      tell(day, { kind: 'message', from: id, topic: 'report', body: { kind: 'report', day, forecast: normal(sigma) } })
    }
    tell(day, { kind: 'wake', name: String(day) })
  }
  const isDecision = ({ kind }: Note): boolean => kind === 'decision'
  return {
    notes: notes.filter(note => !isDecision(note)),
    records: notes.filter(isDecision).map(({ data }) => data as DayRecord),
  }
}

const honest = () => 1
const nearZero = () => 0.001
const decision = (record: DayRecord, label: string): number =>
  -record.rules.find(rule => rule.label === label)!.forecast!.quantiles[0]
const of = (heard: Heard, kind: string) => heard.notes.filter(note => note.kind === kind)

describe('screening', () => {
  const five = { a: honest, b: honest, c: honest, d: honest }

  it('quarantines a liar with a VaR near zero within days, and screened rules no longer hear it', () => {
    const heard = play({ says: { ...five, liar: nearZero }, days: 40, rules: [{ name: 'mean' }] })
    const [first, ...more] = of(heard, 'quarantined')
    expect(first).toMatchObject({
      agent: 'liar',
      detail: expect.stringMatching(/^understates risk: e-value .* hits in its last \d+ reports$/),
    })
    expect(first.day).toBeLessThan(15)
    expect(more).toEqual([])
    const last = heard.records[39]
    expect(decision(last, 'mean')).toBeCloseTo(0.8 * 2.326, 2)
    expect(decision(last, 'mean+screened')).toBeCloseTo(2.326, 3)
  })

  it('lets it back when it has mended, after its probation, and hears it again', () => {
    const mends = (day: number): number => (day >= 100 && day < 150 ? 0.001 : 1)
    const heard = play({ says: { ...five, liar: mends }, days: 400 })
    const [convicted] = of(heard, 'quarantined')
    expect(convicted.agent).toBe('liar')
    expect(convicted.day).toBeGreaterThan(100)
    expect(convicted.day).toBeLessThan(130)
    const [back] = of(heard, 'readmitted')
    expect(back.agent).toBe('liar')
    // Sixty reports since it mended, not since it was quarantined.
    expect(back.day).toBeGreaterThanOrEqual(150 + 50)
    expect(back.day).toBeLessThan(150 + 130)
  })

  it('does not let back who goes on lying', () => {
    const heard = play({ says: { ...five, liar: nearZero }, days: 500 })
    expect(of(heard, 'readmitted')).toEqual([])
    expect(of(heard, 'quarantined')).toHaveLength(1)
  })

  it('catches it again when it falls back', () => {
    const relapses = (day: number): number => (day < 30 || day > 150 ? 0.001 : 1)
    const heard = play({ says: { ...five, liar: relapses }, days: 300 })
    expect(of(heard, 'quarantined').map(({ agent }) => agent)).toEqual(['liar', 'liar'])
    expect(of(heard, 'readmitted')).toHaveLength(1)
  })

  it('leaves calibrated agents alone: at most alpha of them are ever quarantined in 1,000 days', () => {
    let quarantined = 0
    for (let run = 0; run < 12; run++) {
      // The same returns for all: their hits coincide, as those of real agents do.
      const heard = play({
        says: five,
        days: 1000,
        seed: `run ${run}`,
        plan: { quarantine: { threshold: 100, probationDays: 60 } },
      })
      quarantined += of(heard, 'quarantined').length > 0 ? 1 : 0
    }
    // Probability 1 % a run: two of twelve would be one chance in 150.
    expect(quarantined).toBeLessThanOrEqual(1)
  })

  it('never quarantines half of the agents, and says when there is no room', () => {
    const says = { a: honest, b: nearZero, c: nearZero, d: nearZero, e: honest }
    const heard = play({ says, days: 60 })
    expect(of(heard, 'quarantined')).toHaveLength(2)
    expect(of(heard, 'quarantine-full')).toHaveLength(1)
  })

  it('gives a full quarantine’s places to those against whom there is far more evidence', () => {
    // Three of seven understate a little and are quarantined; two more fall asleep, and wake with a VaR near zero.
    const mild = () => 0.6
    const sleeper = (day: number): number => (day < 400 ? 1 : 0.01)
    const says = { a: honest, b: honest, d: mild, e: mild, f: sleeper, g: sleeper, h: mild }
    const heard = play({ says, days: 440, plan: { quarantine: { threshold: 1000, probationDays: 10_000 } } })
    expect(of(heard, 'quarantined').filter(({ day }) => day < 400)).toHaveLength(3)
    expect(of(heard, 'displaced').map(({ day }) => day >= 400)).toEqual([true, true])
    expect(
      new Set(
        of(heard, 'quarantined')
          .filter(({ day }) => day >= 400)
          .map(({ agent }) => agent),
      ),
    ).toEqual(new Set(['f', 'g']))
    // The median of what is left is none of the sleepers' lies.
    expect(heard.records[439].rules[1].forecast!.quantiles[0]).toBeLessThan(0.5 * normalQuantile(0.01))
  })

  it('takes absurd numbers for the worst loss there is, under either loss', () => {
    const forecast = (v: number, es: number): Forecast => ({
      ...normal(1),
      quantiles: Float64Array.of(-v, Math.max(-v, 0), 1e300, 1e300, 1e300).sort(),
      shortfalls: Float64Array.of(es, es),
    })
    for (const loss of ['pinball', 'fz0'] as const) {
      for (const [v, es] of [
        [1.7e308, 1.75e308],
        [-1e300, 1e-300],
        [-1e200, 1],
        [1e200, 1e200],
      ])
        expect(unitLoss(forecast(v, es), 0.01, 0.5, loss, 0.4), `${loss} ${v} ${es}`).toBe(1)
    }
    expect(unitLoss(normal(1), 0.01, 0.5, 'fz0', 1)).toBeLessThan(0.3)
  })

  it('keeps each rule’s needs: the least suspicious come back for a rule that would be left with too few, which is noted once', () => {
    const says = { a: honest, b: honest, c: honest, l: nearZero, m: nearZero }
    const heard = play({
      says,
      days: 60,
      rules: [
        { name: 'trimmedMean', f: 2 },
        { name: 'trimmedMean', f: 1 },
      ].slice(0, 1),
    })
    expect(of(heard, 'quarantined')).toHaveLength(2)
    expect(of(heard, 'quarantine-limited')).toEqual([
      expect.objectContaining({ detail: 'trimmedMean+screened needs 5 reports: 2 of quarantined agents are kept in' }),
    ])
    expect(of(heard, 'too-few-reports')).toEqual([])
    const last = heard.records[59]
    expect(last.rules[1].forecast).toEqual(last.rules[0].forecast)
  })

  it('notes once that more agents turned out faulty than a rule bears, with how many and why', () => {
    const says = { ...five, liar: nearZero, mute: () => null }
    const heard = play({ says, days: 40, rules: [{ name: 'trimmedMean', f: 1 }, { name: 'median' }] })
    expect(of(heard, 'bound-exceeded')).toEqual([
      expect.objectContaining({ detail: 'trimmedMean bears 1 faulty of 6 agents: 2 are (1 silent, 1 quarantined)' }),
    ])
  })

  it('weighs by the record: with weights behind the trimming, who forecasts well counts more, and who lies less', () => {
    const says = { a: honest, b: () => 0.97, c: () => 1.02, d: () => 3, e: () => 0.4 }
    const weights = ['exponential', 'fixedShare', 'bernstein'] as const
    for (const kind of weights) {
      const { records } = play({
        says,
        days: 400,
        rules: [{ name: 'linearPool' }, { name: 'weightedTrimmedMean', f: 1 }],
        plan: { weights: kind, eta: 0.3, quarantine: null },
      })
      const off = (label: string): number => Math.abs(decision(records[399], label) - 2.326)
      expect(off('linearPool+screened')).toBeLessThan(off('linearPool'))
      expect(off('weightedTrimmedMean+screened')).toBeLessThan(0.1)
    }
  })

  it('without weights and quarantine changes nothing; and who is silent keeps its weight', () => {
    const says = { ...five, e: (day: number) => (day % 3 === 0 ? null : 1.4) }
    const rules = [{ name: 'linearPool' }, { name: 'median' }]
    const { records } = play({ says, days: 50, rules, plan: { weights: 'none', quarantine: null } })
    for (const { rules: all } of records) {
      expect(all[2].forecast).toEqual(all[0].forecast)
      expect(all[3].forecast).toEqual(all[1].forecast)
    }
  })

  it('works with FZ0 losses, and with reports whose ES is not positive', () => {
    const says = { ...five, liar: () => 1e-9 }
    const { records } = play({ says, days: 60, rules: [{ name: 'linearPool' }], plan: { loss: 'fz0', quarantine: null } })
    expect(decision(records[59], 'linearPool+screened')).toBeGreaterThan(decision(records[59], 'linearPool'))
  })

  it('replays to the same bits', () => {
    const mends = (day: number): number => (day >= 20 && day < 50 ? 0.001 : 1)
    const told = { says: { ...five, liar: mends }, days: 200, rules: [{ name: 'weightedTrimmedMean', f: 1 }] }
    expect(play(told)).toEqual(play(told))
  })
})
