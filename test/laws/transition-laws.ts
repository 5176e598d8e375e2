import { beforeAll, describe, expect, it } from 'vitest'
import { childKey, openStream, rootKey } from '../../src/base/index.js'
import { drawNormal } from '../../src/distributions/index.js'
import { type ChainRun, mcseMean, runChains, type Target, type Transition, targetOf } from '../../src/inference/index.js'
import { type Known, knownTargets } from './known-targets.js'

/** What a transition may be told about the target it is made for: mean, and the lower Cholesky factor of its covariance. */
export interface About {
  readonly mean: Float64Array
  readonly factor: Float64Array
}

export interface TransitionLawCase {
  readonly name: string
  /** To be warmed up. */
  readonly make: (target: Target, about: About) => Transition<unknown>
  /** Without anything that still adapts: it must leave the target as it is from its first step on. `make` unless given. */
  readonly fixed?: (target: Target, about: About) => Transition<unknown>
  readonly warmup?: readonly number[]
  /** Transitions for each draw, where many are needed for one that counts. */
  readonly thin?: number
}

const CHAINS = 4
const DRAWS = 2500
const key = (label: string) => childKey(rootKey('transition laws'), label)

/** What every Markov transition is held to. */
export function transitionLaws({ name, make, fixed = make, warmup = [300, 300, 400], thin = 1 }: TransitionLawCase): void {
  const run = (known: Known, chains = CHAINS): ChainRun<unknown> => {
    const target = targetOf(known.logDensity, known.mean.length)
    return runChains(
      make(target, known),
      {
        starts: known.starts.slice(0, chains),
        warmup,
        draws: DRAWS,
        furtherDraws: 1,
        blocksMax: 1,
        thin,
        essTarget: 1,
      },
      key(known.name),
    )
  }
  const steps = (
    transition: Transition<unknown>,
    start: Float64Array,
    blocks: readonly number[],
    label = 'steps',
  ): { out: number[]; state: unknown } => {
    const stream = openStream(key(label))
    let state = transition.init(start, stream)
    const out = blocks.flatMap(count => {
      const rows = new Float64Array(count * transition.dimension)
      state = transition.step(state, count, stream, rows)
      return [...rows]
    })
    return { out, state }
  }

  describe(`the laws of transitions hold for ${name}`, () => {
    const runs = new Map<Known, ChainRun<unknown>>()
    beforeAll(() => {
      for (const known of knownTargets) runs.set(known, run(known))
    })

    for (const known of knownTargets) {
      it(`it leaves the target as it is, in mean, covariance and quantiles: ${known.name}`, () => {
        expectAgreement(runs.get(known)!.draws, known)
      })

      it(`moves between three cells are as many to and fro: ${known.name}`, () => {
        expectReversible(runs.get(known)!.draws, known)
      })
    }

    const known = knownTargets[0]
    const target = targetOf(known.logDensity, known.mean.length)
    const start = known.starts[0]

    it('the same key gives the same bits, another one others', () => {
      expect(run(known).draws).toEqual(runs.get(known)!.draws)
      expect(steps(make(target, known), start, [50], 'another').out).not.toEqual(steps(make(target, known), start, [50]).out)
    })

    it('how steps are put into blocks does not matter', () => {
      const once = steps(make(target, known), start, [60]).out
      expect(steps(make(target, known), start, Array(6).fill(10)).out).toEqual(once)
      expect(steps(make(target, known), start, Array(60).fill(1)).out).toEqual(once)
      expect(steps(make(target, known), start, [1, 58, 1]).out).toEqual(once)
    })

    it('chains are independent: each is the same whatever others run beside it', () => {
      // Without warm-up, in which they learn from each other.
      const plan = { warmup: [], draws: 40, furtherDraws: 1, blocksMax: 1, essTarget: 1 }
      const alone = (count: number) =>
        runChains(make(target, known), { ...plan, starts: known.starts.slice(0, count) }, key('alone')).draws
      const [one, four] = [alone(1), alone(4)]
      one.forEach((chains, i) => {
        expect(four[i][0]).toEqual(chains[0])
        expect(new Set(four[i].map(chain => chain[39])).size).toBe(4)
      })
    })

    it('states are not shared: two chains of one transition may take turns', () => {
      const transition = make(target, known)
      const streams = ['a', 'b'].map(label => openStream(key(label)))
      const states = streams.map((stream, c) => transition.init(known.starts[c], stream))
      const taken: number[][] = [[], []]
      for (let turn = 0; turn < 10; turn++) {
        for (const c of [0, 1]) {
          const out = new Float64Array(3 * transition.dimension)
          states[c] = transition.step(states[c], 3, streams[c], out)
          taken[c].push(...out)
        }
      }
      ;['a', 'b'].forEach((label, c) => {
        expect(taken[c]).toEqual(steps(make(target, known), known.starts[c], [30], label).out)
      })
    })

    it('a chain leaves its starting point alone, and writes as many rows as asked and no more', () => {
      const d = target.dimension
      const given = Float64Array.from(start)
      const stream = openStream(key('rows'))
      const transition = make(target, known)
      const out = new Float64Array(9 * d).fill(7.25)
      transition.step(transition.init(given, stream), 8, stream, out)
      expect(given).toEqual(start)
      expect([...out.subarray(8 * d)]).toEqual(Array(d).fill(7.25))
      expect([...out.subarray(0, 8 * d)].every(v => Number.isFinite(v) && v !== 7.25)).toBe(true)
    })

    it('tuning leaves states, blocks and the old transition alone, and says the same twice', () => {
      const transition = make(target, known)
      if (transition.tuned === undefined) return
      const streams = [0, 1].map(c => openStream(key(`tuned ${c}`)))
      const blocks = [0, 1].map(() => new Float64Array(100 * target.dimension))
      const states = [0, 1].map(c => transition.step(transition.init(known.starts[c], streams[c]), 100, streams[c], blocks[c]))
      const before = structuredClone({ states, blocks })
      const untuned = steps(make(target, known), start, [40]).out
      const [one, other] = [0, 1].map(() => transition.tuned!(states, blocks, true))
      expect({ states, blocks }).toEqual(before)
      expect(steps(one, start, [40]).out).toEqual(steps(other, start, [40]).out)
      expect(steps(transition, start, [40]).out).toEqual(untuned)
    })

    it('Geweke’s (2004) joint test: parameters and data that take turns keep the prior', () => {
      expectJoint(fixed)
    })
  })
}

/** Every coordinate's mean, second moments and quantiles, each within four of its Monte Carlo standard errors. */
export function expectAgreement(draws: readonly (readonly Float64Array[])[], known: Known): void {
  const d = known.mean.length
  const far = (of: (x: Float64Array) => number, expected: number): number => {
    const chains = draws[0].map((_, c) =>
      draws[0][c].map((_, k) => of(Float64Array.from({ length: d }, (_, i) => draws[i][c][k]))),
    )
    const n = chains.length * chains[0].length
    return Math.abs(chains.reduce((sum, chain) => sum + chain.reduce((a, b) => a + b), 0) / n - expected) / mcseMean(chains)
  }
  for (let i = 0; i < d; i++) {
    expect(
      far(x => x[i], known.mean[i]),
      `mean ${i}`,
    ).toBeLessThan(4)
    for (let j = 0; j <= i; j++) {
      const product = (x: Float64Array) => (x[i] - known.mean[i]) * (x[j] - known.mean[j])
      expect(far(product, known.covariance[i * d + j]), `covariance ${i} ${j}`).toBeLessThan(4)
    }
    for (const p of [0.05, 0.25, 0.5, 0.75, 0.95]) {
      const q = known.quantile(i, p)
      expect(
        far(x => (x[i] <= q ? 1 : 0), p),
        `quantile ${p} of ${i}`,
      ).toBeLessThan(4)
    }
  }
}

/** Detailed balance between the terciles of each coordinate: as many moves from one to another as back. */
export function expectReversible(draws: readonly (readonly Float64Array[])[], known: Known): void {
  draws.forEach((chains, i) => {
    const [low, high] = [1 / 3, 2 / 3].map(p => known.quantile(i, p))
    const cell = (x: number) => (x <= low ? 0 : x <= high ? 1 : 2)
    const moves = [new Float64Array(3), new Float64Array(3), new Float64Array(3)]
    for (const chain of chains) for (let k = 1; k < chain.length; k++) moves[cell(chain[k - 1])][cell(chain[k])]++
    // Flows through three cells balance in sum wherever the chain does not drift away: what is left is their circulation.
    const circulation = moves[0][1] + moves[1][2] + moves[2][0] - moves[1][0] - moves[2][1] - moves[0][2]
    const total = moves[0][1] + moves[1][2] + moves[2][0] + moves[1][0] + moves[2][1] + moves[0][2]
    expect(total).toBeGreaterThan(100)
    expect(Math.abs(circulation), `coordinate ${i}`).toBeLessThan(4.5 * Math.sqrt(total))
  })
}

const OBSERVATIONS = 4

/**
 * Theta = (m, log s): m ~ N(0, 1), log s ~ N(0, .5^2), y_k ~ N(m, s^2). New data given theta, then a step for theta given the data:
 * whatever the step is, the thetas must go on to be draws of the prior.
 */
export function expectJoint(make: (target: Target, about: About) => Transition<unknown>, sweeps = 4000): void {
  const y = new Float64Array(OBSERVATIONS)
  const logDensity = (x: Float64Array): number => {
    let value = -0.5 * x[0] * x[0] - 2 * x[1] * x[1]
    const s = Math.exp(x[1])
    for (const v of y) value -= 0.5 * ((v - x[0]) / s) ** 2 + x[1]
    return value
  }
  const transition = make(targetOf(logDensity, 2), { mean: new Float64Array(2), factor: Float64Array.of(0.6, 0, 0, 0.4) })
  const chains = [0, 1].map(c => {
    const stream = openStream(childKey(key('joint'), c))
    const theta = Float64Array.of(drawNormal(stream), 0.5 * drawNormal(stream))
    const thetas = new Float64Array(2 * sweeps)
    const out = new Float64Array(6)
    for (let k = 0; k < sweeps; k++) {
      for (let i = 0; i < OBSERVATIONS; i++) y[i] = theta[0] + Math.exp(theta[1]) * drawNormal(stream)
      transition.step(transition.init(theta, stream), 3, stream, out)
      theta.set(out.subarray(4))
      thetas.set(theta, 2 * k)
    }
    return thetas
  })
  const far = (of: (m: number, logS: number) => number, expected: number): number => {
    const values = chains.map(thetas => Float64Array.from({ length: sweeps }, (_, k) => of(thetas[2 * k], thetas[2 * k + 1])))
    const mean = values.reduce((sum, chain) => sum + chain.reduce((a, b) => a + b), 0) / (2 * sweeps)
    return Math.abs(mean - expected) / mcseMean(values)
  }
  expect(
    far(m => m, 0),
    'mean of m',
  ).toBeLessThan(4)
  expect(
    far((_, l) => l, 0),
    'mean of log s',
  ).toBeLessThan(4)
  expect(
    far(m => m * m, 1),
    'variance of m',
  ).toBeLessThan(4)
  expect(
    far((_, l) => l * l, 0.25),
    'variance of log s',
  ).toBeLessThan(4)
  expect(
    far((m, l) => m * l, 0),
    'covariance',
  ).toBeLessThan(4)
}
