import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { childKey, rootKey } from '../../src/base/index.js'
import { parseForecast, riskLevels, studyGrid } from '../../src/forecast/index.js'
import { ewma } from '../../src/models/index.js'
import { type Attack, attackTable, isCollusion, parseAttack, type Story } from '../../src/swarm/index.js'
import { collusions } from './collusions.js'

const levels = { levels: studyGrid, riskLevels: Float64Array.from(riskLevels) }
const model = ewma()
const history = Float64Array.from({ length: 60 }, (_, i) => ((i * 37) % 11) - 5.2)
const forecast = model.forecast(model.init(history, rootKey('h')), levels)
const truth = (day: number): Story => ({ kind: 'report', day, forecast })
const belief: Story = { kind: 'posterior', day: 3, belief: { kind: 'natural', family: 'x', values: Float64Array.of(1, 2, 3, 4) } }

/** The attack of a spec, which is one of an agent alone. */
function alone(spec: { readonly kind: string }): Attack {
  const { attack } = parseAttack(spec, 'attack')
  if (isCollusion(attack)) throw new Error(`${spec.kind} is a collusion`)
  return attack
}

const specs: { readonly [kind: string]: object[] } = {
  bias: [{ riskScale: 0.1 }, { riskScale: 30 }, { shift: 5 }, { shift: -5 }, { value: 1000 }, { value: 0 }],
  equivocation: [{ spread: 0.5 }, {}],
  malformed: ['nan', 'infinite', 'wrongLength', 'descending', 'esBelowVar'].map(form => ({ form })),
  noise: [{ sd: 2 }, { sd: 0 }, {}],
  omission: [{ probability: 0.5 }, { probability: 0 }, { probability: 1 }, {}],
  signFlip: [{}],
  silence: [{}],
  staleness: [{ lagDays: 3 }, {}],
}

describe('every attack of an agent alone', () => {
  it('has examples here or among the collusions', () => {
    const kinds = [...Object.keys(specs), ...Object.keys(collusions)]
    expect(kinds.sort()).toEqual(Object.keys(attackTable).sort())
  })

  const cases = Object.entries(specs).flatMap(([kind, all]) => all.map(parameters => [kind, parameters] as const))

  it.each(cases)('%s %j replays, leaves the truth alone and describes itself', (kind, parameters) => {
    const attack = alone({ kind, ...parameters })
    expect(attack.description.length).toBeGreaterThan(5)
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('a', 'b', ''), (seed, receiver) => {
        const key = childKey(rootKey(seed), 'k')
        const before = structuredClone([truth(9), belief])
        for (const story of [truth(9), belief]) {
          const past = [story]
          expect(attack.tamper(story, receiver, key, past)).toEqual(attack.tamper(story, receiver, key, past))
        }
        expect([truth(9), belief]).toEqual(before)
      }),
      { numRuns: 20 },
    )
  })

  it.each(cases.filter(([kind]) => !['malformed', 'silence', 'omission'].includes(kind)))(
    '%s %j looks well-formed at the border',
    (kind, parameters) => {
      const attack = alone({ kind, ...parameters })
      for (let i = 0; i < 30; i++) {
        const story = attack.tamper(truth(9), 'a', childKey(rootKey('s'), i), [truth(2), truth(9)])
        expect(story?.kind === 'report' && parseForecast(story.forecast, levels)).toMatchObject({ ok: true })
      }
    },
  )

  it.each(cases.filter(([kind]) => kind === 'malformed'))('%s %j is found at the border', (kind, parameters) => {
    const attack = alone({ kind, ...parameters })
    const story = attack.tamper(truth(9), 'a', rootKey('s'), [])
    expect(story?.kind === 'report' && parseForecast(story.forecast, levels)).toMatchObject({ ok: false })
  })

  it.each(Object.keys(specs))('%s refuses unknown fields, by name', kind => {
    expect(() => parseAttack({ kind, colour: 'red', ...(kind === 'bias' ? { shift: 1 } : {}) }, 'here')).toThrow(
      /here: found unknown field 'colour'/,
    )
  })

  it('two-faced ones tell two receivers different stories, the others the same', () => {
    for (const [kind, parameters] of cases) {
      const attack = alone({ kind, ...parameters })
      const [a, b] = ['a', 'b'].map(receiver => attack.tamper(truth(9), receiver, rootKey('s'), [truth(9)]))
      if (attack.isTwoFaced) expect(a).not.toEqual(b)
      else expect(a).toEqual(b)
    }
  })
})
