import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rootKey } from '../../src/base/index.js'
import { normalQuantile } from '../../src/distributions/index.js'
import { type Forecast, parseForecast, valueAtRisk } from '../../src/forecast/index.js'
import type { Belief } from '../../src/inference/index.js'
import { ruleTable } from '../../src/rules/index.js'
import { attackTable, isCollusion, parseAttack, type Round, type Scene, type Scheme } from '../../src/swarm/index.js'
import { collusions, isMute } from './collusions.js'

const levels = { levels: Float64Array.of(0.001, 0.01, 0.05, 0.5, 0.95), riskLevels: Float64Array.of(0.01, 0.05) }

const rules = ['mean', 'median'].map(name => ({ label: name, rule: ruleTable[name], params: {} }))

const sceneOf = (honest: number, puppets: number): Scene => {
  const ids = (letter: string, count: number) => Array.from({ length: count }, (_, i) => `${letter}${i + 1}`)
  const [h, p] = [ids('h', honest), ids('p', puppets)]
  return { agents: [...h, ...p], puppets: p, honest: h, rules, levels }
}

/** A well-formed forecast of any location, scale and shape. */
const forecasts = fc
  .record({
    low: fc.double({ min: -50, max: 5, noNaN: true }),
    steps: fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { minLength: 4, maxLength: 4 }),
    beyond: fc.double({ min: 0, max: 10, noNaN: true }),
  })
  .map(({ low, steps, beyond }): Forecast => {
    // No -0, which no comparison of numbers tells from 0.
    const quantiles = new Float64Array(5).fill(low + 0)
    for (let k = 1; k < 5; k++) quantiles[k] = quantiles[k - 1] + steps[k - 1]
    return { ...levels, quantiles, shortfalls: Float64Array.of(beyond - quantiles[1], beyond - quantiles[2]) }
  })

const believed = (x: number): Belief => ({ kind: 'natural', family: 'x', values: Float64Array.of(1 + Math.abs(x), x) })

const roundOf = (honest: readonly Forecast[], { puppets }: Scene, past: readonly Round[] = []): Round => ({
  day: past.length,
  puppets,
  honest: new Map(honest.map((forecast, i) => [`h${i + 1}`, forecast])),
  beliefs: new Map(honest.map((forecast, i) => [`h${i + 1}`, believed(forecast.quantiles[0])])),
  others: new Map(),
  truths: new Map(puppets.map(id => [id, honest[0]])),
  ownBeliefs: new Map(puppets.map(id => [id, believed(0.5)])),
  decisions: {},
  returns: [],
  past,
})

function schemeOf(kind: string, parameters: object, scene: Scene): Scheme {
  const { attack } = parseAttack({ kind, ...parameters }, 'attack')
  if (!isCollusion(attack)) throw new Error(`${kind} is no collusion`)
  return attack.prepare(scene, 'attack')
}

const key = rootKey('k')
const told = (scheme: Scheme, round: Round): Forecast => scheme.report(round, key)(round.puppets[0], 'coordinator')!
const rows = (round: Round, k: number): number[] => [...round.honest.values()].map(({ quantiles }) => quantiles[k])
const honestMean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length
const sdOf = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, x) => sum + (x - honestMean(values)) ** 2, 0) / values.length)
const slack = 1e-9

const scene = sceneOf(5, 2)
const rounds = fc.array(forecasts, { minLength: 5, maxLength: 5 }).map(honest => roundOf(honest, scene))
const cases = Object.entries(collusions).flatMap(([kind, all]) => all.map(parameters => [kind, parameters] as const))

describe('every collusion', () => {
  it.each(cases)('%s %j describes itself, replays and leaves what it knows alone', (kind, parameters) => {
    const scheme = schemeOf(kind, parameters, scene)
    expect(parseAttack({ kind, ...parameters }, 'attack').attack.description.length).toBeGreaterThan(5)
    fc.assert(
      fc.property(rounds, fc.string(), (round, seed) => {
        const before = structuredClone(round)
        const lies = () =>
          round.puppets.flatMap(puppet => [
            scheme.report(round, rootKey(seed))(puppet, 'coordinator'),
            scheme.belief(round, rootKey(seed))(puppet, 'h1'),
          ])
        expect(lies()).toEqual(lies())
        expect(round).toEqual(before)
      }),
      { numRuns: 20 },
    )
  })

  it.each(cases.filter(([, parameters]) => !isMute(parameters)))(
    '%s %j tells what no border refuses, all the same',
    (kind, parameters) => {
      const scheme = schemeOf(kind, parameters, scene)
      fc.assert(
        fc.property(rounds, round => {
          const [one, other] = round.puppets.map(puppet => scheme.report(round, key)(puppet, 'coordinator'))
          expect(parseForecast(one, levels)).toMatchObject({ ok: true })
          expect(other).toEqual(one)
          const belief = scheme.belief(round, key)(round.puppets[0], 'h1')
          expect(belief?.kind === 'natural' && belief.values.every(Number.isFinite)).toBe(true)
        }),
        { numRuns: 50 },
      )
    },
  )

  it.each(Object.keys(collusions))('%s refuses unknown fields, by name', kind => {
    expect(() => parseAttack({ kind, colour: 'red', ...collusions[kind][0] }, 'here')).toThrow(
      /here: found unknown field 'colour'/,
    )
  })

  it('is told apart in the table from the attacks of one agent alone', () => {
    const kinds = Object.keys(attackTable).filter(kind => {
      const parameters = collusions[kind]?.[0] ?? (kind === 'bias' ? { shift: 1 } : {})
      return isCollusion(parseAttack({ kind, ...parameters }, 'here').attack)
    })
    expect(kinds.sort()).toEqual(Object.keys(collusions).sort())
  })
})

describe('a little is enough', () => {
  // Baruch et al. 2019: z by hand, from n and f.
  it.each([
    [7, 2, 3 / 5],
    [11, 2, 5 / 9],
    [50, 24, 24 / 26],
  ])('among %i agents, %i of them liars, leaves %f of the honest ones inside', (n, f, share) => {
    const round = roundOf(
      Array.from({ length: n - f }, (_, i) => ({
        ...levels,
        quantiles: Float64Array.of(i - 9, i - 6, i - 3, i, i + 1),
        shortfalls: Float64Array.of(6 - i, 3 - i),
      })),
      sceneOf(n - f, f),
    )
    const lie = told(schemeOf('aLittleIsEnough', {}, sceneOf(n - f, f)), round)
    const median = rows(round, 3)
    expect((lie.quantiles[3] - honestMean(median)) / sdOf(median)).toBeCloseTo(normalQuantile(share), 10)
  })

  it('moves no quantile and no shortfall by more than z standard deviations', () => {
    fc.assert(
      fc.property(
        rounds,
        fc.double({ min: 0, max: 4, noNaN: true }),
        fc.constantFrom('understate', 'overstate'),
        (round, z, direction) => {
          const lie = told(schemeOf('aLittleIsEnough', { z, direction }, scene), round)
          const sign = direction === 'understate' ? 1 : -1
          const asked = Array.from(levels.levels, (_, k) => honestMean(rows(round, k)) + sign * z * sdOf(rows(round, k)))
          // Sorting is all that may happen to them, and it brings no two functions farther apart.
          expect([...lie.quantiles]).toEqual(asked.sort((a, b) => a - b).map(q => expect.closeTo(q, 9)))
          const most = Math.max(...Array.from(levels.levels, (_, k) => sdOf(rows(round, k))))
          for (const [k, q] of lie.quantiles.entries())
            expect(Math.abs(q - honestMean(rows(round, k)))).toBeLessThanOrEqual(z * most + slack)
        },
      ),
    )
  })

  it.each([
    [2, 3],
    [3, 4],
    [1, 1],
  ])('is refused before the run among %i honest agents and %i liars', (honest, puppets) => {
    expect(() => schemeOf('aLittleIsEnough', {}, sceneOf(honest, puppets))).toThrow(
      expect.objectContaining({ code: 'BAD_ATTACK' }),
    )
    expect(() => schemeOf('aLittleIsEnough', { z: 1 }, sceneOf(honest, puppets))).not.toThrow()
  })
})

describe('lies about the honest range', () => {
  it('scaledMean: the VaR at the lowest risk level is minus epsilon times that of the honest mean, the shape its own', () => {
    fc.assert(
      fc.property(rounds, fc.double({ min: 0.01, max: 20, noNaN: true }), (round, epsilon) => {
        const lie = told(schemeOf('scaledMean', { epsilon }, scene), round)
        const means = Array.from(levels.levels, (_, k) => honestMean(rows(round, k)))
        expect(valueAtRisk(lie, 0.01)).toBeCloseTo(epsilon * means[1], 7)
        expect(lie.quantiles[4] - lie.quantiles[0]).toBeCloseTo(means[4] - means[0], 7)
      }),
    )
  })

  it('withinRange: every number is an honest one, the mildest or the worst of them', () => {
    fc.assert(
      fc.property(rounds, round => {
        const mild = told(schemeOf('withinRange', {}, scene), round)
        const grim = told(schemeOf('withinRange', { direction: 'overstate' }, scene), round)
        levels.levels.forEach((_, k) => {
          expect(mild.quantiles[k]).toBe(Math.max(...rows(round, k)))
          expect(grim.quantiles[k]).toBe(Math.min(...rows(round, k)))
        })
      }),
    )
  })

  it('edge: lies between the honest mean and the honest extreme in every quantile', () => {
    fc.assert(
      fc.property(rounds, fc.double({ min: 0, max: 1, noNaN: true }), (round, inside) => {
        const lie = told(schemeOf('edge', { inside }, scene), round)
        lie.quantiles.forEach((q, k) => {
          expect(q).toBeGreaterThanOrEqual(honestMean(rows(round, k)) - slack)
          expect(q).toBeLessThanOrEqual(Math.max(...rows(round, k)) + slack)
        })
      }),
    )
  })

  it('mimic: is an honest report to the bit, the farthest or the one that was named', () => {
    fc.assert(
      fc.property(rounds, round => {
        expect([...round.honest.values()]).toContain(told(schemeOf('mimic', {}, scene), round))
        expect(told(schemeOf('mimic', { of: 'h4' }, scene), round)).toBe(round.honest.get('h4'))
        const far = Math.max(...rows(round, 1).map(q => Math.abs(q - honestMean(rows(round, 1)))))
        const copied = told(schemeOf('mimic', {}, scene), round).quantiles[1]
        expect(Math.abs(copied - honestMean(rows(round, 1)))).toBeCloseTo(far, 9)
      }),
    )
    expect(() => schemeOf('mimic', { of: 'p1' }, scene)).toThrow(expect.objectContaining({ code: 'BAD_ATTACK' }))
  })

  it('beliefs told by mimic, edge, withinRange and adaptive are honest ones, which no peer can refuse', () => {
    fc.assert(
      fc.property(rounds, round => {
        for (const kind of ['mimic', 'edge', 'withinRange', 'adaptive']) {
          const belief = schemeOf(kind, {}, scene).belief(round, key)('p2', '')
          expect([...round.beliefs.values()]).toContain(belief)
        }
      }),
      { numRuns: 20 },
    )
  })
})

describe('the adaptive lie', () => {
  const under = (round: Round, rule: string, lie: Forecast): number =>
    valueAtRisk(ruleTable[rule].apply([...round.honest.values(), lie, lie], {}), 0.01)

  it.each(['mean', 'median'])('moves the VaR of the %s at least as far as any other collusion on its menu', against => {
    fc.assert(
      fc.property(rounds, round => {
        for (const [direction, sign] of [
          ['understate', -1],
          ['overstate', 1],
        ] as const) {
          const best = sign * under(round, against, told(schemeOf('adaptive', { against, direction }, scene), round))
          const others = [
            schemeOf('aLittleIsEnough', { direction }, scene),
            schemeOf('withinRange', { direction }, scene),
            schemeOf('edge', { direction }, scene),
            schemeOf('mimic', {}, scene),
          ]
          for (const other of others)
            expect(best).toBeGreaterThanOrEqual(sign * under(round, against, told(other, round)) - slack)
        }
      }),
    )
  })

  it('is refused against a rule that the scenario does not have', () => {
    expect(() => schemeOf('adaptive', { against: 'krum' }, scene)).toThrow(/found krum, expected a rule: mean, median/)
  })
})

describe('one lie from all', () => {
  it('is the simple attack upon the honest mean', () => {
    fc.assert(
      fc.property(rounds, round => {
        const lie = told(schemeOf('collusion', { lie: { kind: 'bias', shift: 5 } }, scene), round)
        for (const [k, q] of lie.quantiles.entries()) expect(q).toBeCloseTo(honestMean(rows(round, k)) - 5, 9)
      }),
    )
  })

  it('replays the honest mean of the days before when it is stale', () => {
    fc.assert(
      fc.property(fc.array(fc.array(forecasts, { minLength: 5, maxLength: 5 }), { minLength: 4, maxLength: 4 }), days => {
        const all: Round[] = []
        for (const honest of days) all.push(roundOf(honest, scene, [...all]))
        const lie = told(schemeOf('collusion', { lie: { kind: 'staleness', lagDays: 2 } }, scene), all[3])
        for (const [k, q] of lie.quantiles.entries()) expect(q).toBeCloseTo(honestMean(rows(all[1], k)), 9)
      }),
    )
  })

  it('cannot be a collusion of collusions', () => {
    for (const kind of ['mimic', 'collusion'])
      expect(() => parseAttack({ kind: 'collusion', lie: { kind } }, 'here')).toThrow(
        expect.objectContaining({ code: 'UNKNOWN_ATTACK' }),
      )
  })
})
