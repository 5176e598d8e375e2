import { defineScenario, type RiskSeries, run, type Trace } from 'swarmvar'
import { describe, expect, it } from 'vitest'
import scenario, { concludeRun, PERIODS } from '../../scenarios/crisis-robustness.js'

/** Working days from summer 2005 to the end of the crash. */
const days = Array.from({ length: 5400 }, (_, i) => new Date(Date.UTC(2005, 5, 30) + i * 86_400_000))
  .filter(day => day.getUTCDay() % 6 !== 0)
  .map(day => day.toISOString().slice(0, 10))
  .filter(day => day <= '2020-04-17')

const VAR = 2.4
/** A tame market: a VaR of 2.4 is violated every hundredth day, in the crash too. */
const returns = Float64Array.from(days, (_, t) => (t % 100 === 50 ? -2.45 : Math.sin(t * t)))

const periodOf = (day: string): number => PERIODS.findIndex(({ from, to }) => day >= from && day <= to)
const series = (factor: (period: number) => number): { readonly [level: string]: RiskSeries } => {
  const vars = Float64Array.from(days, day => VAR * factor(periodOf(day)))
  return { '0.01': { var: vars, es: vars.map(x => 1.2 * x) } }
}

/** What the median and the single models say, as multiples of the truth in each period. */
function traceOf(median: (period: number) => number, singles: readonly ((period: number) => number)[]): Trace {
  const agents = Object.fromEntries(singles.map((factor, i) => [`m${i}`, series(factor)]))
  return { days, returns, ensemble: { median: series(median) }, agents } as unknown as Trace
}

const verdicts = (trace: Trace) => concludeRun(trace).map(({ verdict }) => verdict)
const truth = () => 1
const CLAIMS = ['McAleer', 'charge', 'pinball', 'FZ0', 'violations', 'stable charge', 'stable pinball', 'stable FZ0']

describe('the scenario on crisis-robustness', () => {
  it('is what its file says, and covers its periods with 250 days before the first', () => {
    expect(scenario.rules.map(({ name }) => name)).toEqual(['median', 'mean'])
    expect(scenario.agents).toHaveLength(9)
    expect(PERIODS.map(({ from, to }) => from < to)).toEqual([true, true, true, true, true])
  })

  it('finds the claim supported when nobody is far off and each single model fails once', () => {
    const trace = traceOf(
      truth,
      PERIODS.map((_, own) => period => (period === own ? 1.08 : 1)),
    )
    const found = concludeRun(trace)
    expect(found).toHaveLength(CLAIMS.length)
    expect(verdicts(trace).slice(0, 5)).toEqual(['supported', 'supported', 'supported', 'supported', 'supported'])
    expect(found[1].claim).toContain('of at least 180 days')
    expect(found[1].evidence[1]).toMatch(
      /within the tolerance at 5 %: 20 of 20 pairs; shown to be beyond it \(Bonferroni\): 0; 5 pairs/,
    )
  })

  it('finds the median the most stable when each single model is far off in a period of its own', () => {
    const trace = traceOf(
      truth,
      [0, 1, 2, 3].map(own => period => (period === own ? 2.5 : 1)),
    )
    expect(verdicts(trace).slice(5)).toEqual(['supported', 'supported', 'supported'])
  })

  it('finds it refuted when most models say too much and one the truth', () => {
    const found = concludeRun(traceOf(() => 3, [truth, () => 3, () => 3.1]))
    expect(found.map(({ verdict }) => verdict)).toEqual([
      'refuted',
      'refuted',
      'refuted',
      'refuted',
      'supported',
      'refuted',
      'refuted',
      'refuted',
    ])
    expect(found[1].evidence[0]).toContain('200.0 % (m0')
  })

  it('finds the violations out of order when most models say too little', () => {
    const found = concludeRun(traceOf(() => 0.4, [truth, () => 0.4, () => 0.35]))
    expect([found[0].verdict, found[4].verdict]).toEqual(['refuted', 'refuted'])
    expect(found[4].tables?.[0].rows[0][0]).toBe('median')
  })

  it('finds nothing either way at the tolerance itself, and between these', () => {
    const rough = (day: number): number => 1 + 0.02 * Math.sin(day * day * day)
    const trace = traceOf(truth, [truth, truth])
    const noisy = days.map((_, t) => 1.1 * VAR * rough(t))
    const vars = Float64Array.from(noisy)
    const ensemble = { median: { '0.01': { var: vars, es: vars.map(x => 1.2 * x) } } }
    const found = concludeRun({ ...trace, ensemble } as unknown as Trace)
    expect(found[1].verdict).toBe('inconclusive')
    expect(found[0].verdict).not.toBe('supported')
  })

  it('is the same twice, with figures, and the regret of the best is zero', () => {
    const trace = traceOf(truth, [() => 1.2, () => 0.9])
    expect(concludeRun(trace)).toEqual(concludeRun(trace))
    const [, charges] = concludeRun(trace)
    const [table] = charges.tables!
    for (const p of PERIODS.keys()) {
      const singles = table.rows.filter(([name]) => name !== 'median').map(row => Number(row[2 + 2 * p]))
      expect(Math.min(...singles)).toBe(0)
    }
  })

  it('says that it cannot say when the run leaves a period out', async () => {
    const short = defineScenario({
      ...scenario,
      network: {},
      days: 30,
      agents: [{ id: 'ewma', model: { name: 'ewma' } }],
    } as never)
    const found = concludeRun(await run(short))
    expect(found.map(({ verdict }) => verdict)).toEqual(['inconclusive'])
    expect(found[0].evidence[0]).toContain('no period')
  })
})
