import { type AttackSpec, run, type Scenario, type Trace } from 'swarmvar'
import { describe, expect, it } from 'vitest'
import { collusions } from '../swarm/collusions.js'
import { cheapScenario } from './cheap.js'

const LIARS = ['b', 'g']
const IDS = 'abcdefg'
const DAYS = 2

/** Seven agents that agree without a coordinator; b and g have the attack. */
const agreeing = (attack: AttackSpec | undefined, protocol: string, links: readonly { kind: string }[] = []): Scenario =>
  cheapScenario({
    agents: [20, 30, 40, 50, 60, 70, 80].map((memory, i) => ({
      id: IDS[i],
      model: { name: 'normalInverseGamma', options: { memory } },
      behaviour: attack !== undefined && LIARS.includes(IDS[i]) ? { attack } : {},
    })),
    days: DAYS,
    network: { links: [...links] },
    decision: { protocol: protocol as 'synchronous', f: 2, range: 100, epsilon: 0.05 },
    rules: [],
  })

interface Said {
  readonly from: string
  readonly to: string
  readonly day: number
  readonly body: { readonly kind: string; readonly round: number; readonly value: Float64Array; readonly stories?: unknown[] }
}

async function listen(scenario: Scenario): Promise<{ trace: Trace; said: Said[] }> {
  const said: Said[] = []
  const trace = await run(scenario, {
    seed: 's',
    taps: [
      sighting => {
        if (sighting.kind !== 'delivered' || sighting.event.kind !== 'message') return
        const { from, body } = sighting.event
        if (body.kind === 'agreement') said.push({ from, to: sighting.to, day: body.day, body: body.body as Said['body'] })
      },
    ],
  })
  return { trace, said }
}

const own = (said: readonly Said[]): Said[] => said.filter(({ body }) => body.kind === 'value' || body.kind === 'send')
const latency = [{ kind: 'latency', distribution: 'uniform', minMs: 0.2, maxMs: 1 }]
const cases = Object.entries(collusions).flatMap(([kind, all]) =>
  kind === 'adaptive'
    ? []
    : all.map(parameters => ({ kind, ...parameters, ...('of' in parameters ? { of: 'c' } : {}) }) as AttackSpec),
)

describe('colluding in an agreement', () => {
  it.each(cases)('%j: honest agents agree within what honest ones put in, and the run replays', async attack => {
    const scenario = agreeing(attack, 'synchronous', latency)
    const { said, trace } = await listen(scenario)
    expect((await run(scenario, { seed: 's' })).digest).toBe(trace.digest)
    expect(trace.notes.filter(({ kind }) => ['undecided', 'crash', 'forged', 'undeliverable'].includes(kind))).toEqual([])
    const place = trace.grid.levels.indexOf(0.01)
    for (let day = 0; day < DAYS; day++) {
      const inputs = own(said).filter(({ from, body, day: at }) => at === day && body.round === 1 && !LIARS.includes(from))
      const values = inputs.map(({ body }) => -body.value[place])
      const agreed = trace.ensemble.agreement['0.01'].var[day]
      expect(agreed).toBeGreaterThanOrEqual(Math.min(...values))
      expect(agreed).toBeLessThanOrEqual(Math.max(...values))
    }
  })

  it.each(['synchronous', 'asynchronous', 'wMsr'])(
    '%s: puppets tell one lie a round, made from the honest values of that round, and never their truth',
    async protocol => {
      const { said, trace } = await listen(agreeing({ kind: 'withinRange' }, protocol, latency))
      const truths = own((await listen(agreeing(undefined, protocol, latency))).said)
      expect(trace.notes.filter(({ kind }) => kind === 'undecided')).toEqual([])
      for (let day = 0; day < DAYS; day++) {
        const first = own(said).filter(message => message.day === day && message.body.round === 1)
        const honest = first.filter(({ from }) => !LIARS.includes(from))
        const lies = first.filter(({ from }) => LIARS.includes(from))
        expect(lies).toHaveLength(LIARS.length * (IDS.length - 1))
        for (const { from, body } of lies) {
          body.value.slice(0, 10).forEach((x, k) => {
            expect(x).toBe(Math.max(...honest.map(message => message.body.value[k])))
          })
          const truth = truths.find(message => message.from === from && message.day === day && message.body.round === 1)!
          expect(body.value).not.toEqual(truth.body.value)
        }
      }
    },
  )

  it('what puppets say that they heard has what they told in their own place', async () => {
    const { said } = await listen(agreeing({ kind: 'withinRange' }, 'synchronous', latency))
    const heard = said.filter(({ from, body }) => LIARS.includes(from) && body.kind === 'heard')
    expect(heard.length).toBeGreaterThan(0)
    for (const { from, day, body } of heard) {
      const told = own(said).find(one => one.from === from && one.day === day && one.body.round === body.round)!
      expect(body.stories![IDS.indexOf(from)]).toEqual(told.body.value)
    }
  })

  it('with two faces every receiver is told another story, and honest ones find it out', async () => {
    const attack = { kind: 'collusion', lie: { kind: 'equivocation' } }
    const { said, trace } = await listen(agreeing(attack, 'synchronous', latency))
    const stories = own(said).filter(({ from, day, body }) => from === 'b' && day === 1 && body.round === 1)
    expect(new Set(stories.map(({ body }) => body.value[0])).size).toBe(IDS.length - 1)
    const found = trace.notes.filter(({ kind }) => kind === 'equivocated')
    expect(new Set(found.map(({ agent }) => agent))).toEqual(new Set(LIARS))
  })

  it('lets puppets be honest outside their days, to the bit', async () => {
    const honest = await run(agreeing(undefined, 'synchronous', latency), { seed: 's' })
    const trace = await run(agreeing({ kind: 'scaledMean', fromDay: 1 }, 'synchronous', latency), { seed: 's' })
    const [one, other] = [honest, trace].map(({ ensemble }) => [...ensemble.agreement['0.01'].var])
    expect(other.slice(0, 1)).toEqual(one.slice(0, 1))
    expect(other.slice(1)).not.toEqual(one.slice(1))
  })

  it('is refused to liars that need a rule to try their lies on', async () => {
    await expect(run(agreeing({ kind: 'adaptive' }, 'synchronous'), { seed: 's' })).rejects.toMatchObject({ code: 'BAD_ATTACK' })
  })
})
