import { run, type ScenarioSpec } from 'swarmvar'
import { inProcess, threads } from 'swarmvar/execute'
import { describe, expect, it } from 'vitest'
import { jobs, jobsModule } from '../../src/scenario/index.js'
import { cheapAgents, cheapScenario, someReturns } from './cheap.js'

describe('a run is a pure function of (scenario, seed)', () => {
  it('gives the same digest, events and forecasts twice, and another digest for another seed', async () => {
    const [first, second, other] = [
      await run(cheapScenario(), { seed: 'one' }),
      await run(cheapScenario(), { seed: 'one' }),
      await run(cheapScenario(), { seed: 'two' }),
    ]
    expect(second).toEqual(first)
    expect(first.digest).toMatch(/^[0-9a-f]{64}$/)
    expect(other.digest).not.toBe(first.digest)
  })

  it('does not depend on the order of the agents in the file', async () => {
    const turned = cheapScenario({ agents: [...cheapAgents].reverse() })
    expect((await run(turned, { seed: 's' })).digest).toBe((await run(cheapScenario(), { seed: 's' })).digest)
  })

  it('is the same with and without taps, even when they change what they get and throw', async () => {
    let seen = 0
    const meddle = (sighting: object): void => {
      seen++
      const { event } = sighting as { event?: { body?: { forecast?: { quantiles: Float64Array } } } }
      event?.body?.forecast?.quantiles.fill(0)
      throw new Error('an observer that fails')
    }
    const watched = await run(cheapScenario(), { seed: 's', taps: [meddle] })
    expect(seen).toBeGreaterThan(500)
    expect(watched.digest).toBe((await run(cheapScenario(), { seed: 's' })).digest)
  })

  it('is the same in this thread, on one worker and on two', async () => {
    const scenario = cheapScenario({
      days: 25,
      agents: [
        ...cheapAgents,
        { id: 'garch', model: { name: 'garchT' } },
        { id: 'filter', model: { name: 'filteredHistorical' } },
      ],
    })
    const here = inProcess(jobs)
    const digests: string[] = []
    for (const executor of [here, threads({ workers: 1, jobsModule }), threads({ workers: 2, jobsModule })]) {
      digests.push((await run(scenario, { seed: 's', executor })).digest)
      await executor.close()
    }
    expect(new Set(digests).size).toBe(1)
  })

  it('takes any string as a seed, and strings that differ give runs that differ', async () => {
    const vars = new Set<string>()
    const seeds = [
      '',
      '\0',
      '1',
      '11',
      '111',
      'a',
      'aaaa',
      'ab',
      'abab',
      'š',
      '日',
      'å',
      '\ud800',
      '\ud900',
      'x'.repeat(400),
      `${'x'.repeat(400)}y`,
    ]
    const agents: ScenarioSpec['agents'] = [{ id: 'a', model: { name: 'ewma' }, behaviour: { attack: { kind: 'noise', sd: 1 } } }]
    for (const seed of seeds) {
      const trace = await run(cheapScenario({ agents, days: 2, rules: [{ name: 'mean' }] }), { seed })
      vars.add([...trace.agents.a['0.01'].var].join())
    }
    expect(vars.size).toBe(seeds.length)
  })

  it('changes the digest with the least bit of the data', async () => {
    const returns = someReturns(200)
    const nudged = returns.map((ret, i) => (i === 199 ? ret + 1e-15 : ret))
    const [a, b] = [await run(cheapScenario({ market: { returns } })), await run(cheapScenario({ market: { returns: nudged } }))]
    expect(b.digest).not.toBe(a.digest)
  })
})

describe('no forecast looks ahead', () => {
  const days = 40
  const first = 160 - days
  const agents: ScenarioSpec['agents'] = [...cheapAgents, { id: 'garch', model: { name: 'garchT' } }]
  const scenarioOn = (returns: number[]) => cheapScenario({ market: { returns }, window: 120, days, agents })

  it.each([0, 1, 20, 39])('no forecast up to day %i changes when the returns from that day on are altered', async day => {
    const returns = someReturns(160)
    const altered = returns.map((ret, i) => (i >= first + day ? -3 * ret - 1 : ret))
    const [a, b] = [await run(scenarioOn(returns), { seed: 's' }), await run(scenarioOn(altered), { seed: 's' })]
    const upTo = (series: Float64Array) => [...series.slice(0, day + 1)]
    for (const rule of Object.keys(a.ensemble)) {
      for (const level of Object.keys(a.ensemble[rule])) {
        expect(upTo(b.ensemble[rule][level].var)).toEqual(upTo(a.ensemble[rule][level].var))
        expect(upTo(b.ensemble[rule][level].es)).toEqual(upTo(a.ensemble[rule][level].es))
      }
    }
    for (const id of Object.keys(a.agents)) expect(upTo(b.agents[id]['0.01'].var)).toEqual(upTo(a.agents[id]['0.01'].var))
    // The alteration is seen as soon as it may be.
    if (day + 1 < days) expect(b.agents.risk['0.01'].var[day + 1]).not.toBe(a.agents.risk['0.01'].var[day + 1])
  })
})
