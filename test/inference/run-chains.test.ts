import { describe, expect, it } from 'vitest'
import { childKey, nextUniform, openStream, rootKey, type Stream } from '../../src/base/index.js'
import { drawNormal } from '../../src/distributions/index.js'
import {
  type ChainPlan,
  essBulk,
  findMode,
  hmc,
  randomWalk,
  rhat,
  runChains,
  sampleDensity,
  splitT,
  startingPoints,
  type Target,
  type Transition,
  targetOf,
} from '../../src/inference/index.js'

const key = (label: string) => childKey(rootKey('run chains'), label)

/** Independent normal draws, which remembers how it was called. */
function recorder(calls: string[], name = 'new'): Transition<{ chain: number }> {
  return {
    dimension: 2,
    method: name,
    init: x => ({ chain: x[0] }),
    step(state, count, stream, out) {
      calls.push(`${name} ${state.chain}: ${count}`)
      for (let i = 0; i < out.length; i++) out[i] = drawNormal(stream)
      return state
    },
    tuned(states, blocks, isLast) {
      calls.push(`tuned on ${states.length} x ${blocks[0].length}${isLast ? ', last' : ''}`)
      return recorder(calls, isLast ? 'last' : 'next')
    },
  }
}

const starts = [0, 1].map(c => Float64Array.of(c, c))
const plan: ChainPlan<{ chain: number }> = {
  starts,
  warmup: [30, 20],
  draws: 100,
  furtherDraws: 40,
  blocksMax: 5,
  essTarget: 50,
}
const normals = (stream: Stream, n: number): Float64Array => Float64Array.from({ length: n }, () => drawNormal(stream))

describe('running chains', () => {
  it('warms up in blocks with tuning between them, says which is the last, and keeps what comes after', () => {
    const calls: string[] = []
    const { draws, transition, unmet } = runChains(recorder(calls), plan, key('order'))
    expect(calls).toEqual([
      'new 0: 30',
      'new 1: 30',
      'tuned on 2 x 60',
      'next 0: 20',
      'next 1: 20',
      'tuned on 2 x 40, last',
      'last 0: 100',
      'last 1: 100',
    ])
    expect(transition.method).toBe('last')
    expect(unmet).toBeUndefined()
    // Chain c has the stream of childKey(key, c); the first 50 transitions are warm-up.
    for (const c of [0, 1]) {
      const all = normals(openStream(childKey(key('order'), c)), 300).subarray(100)
      for (const i of [0, 1]) expect([...draws[i][c]]).toEqual([...all].filter((_, k) => k % 2 === i))
    }
  })

  it('goes on in further blocks until the diagnostics hold, and no longer', () => {
    const calls: string[] = []
    const { draws, unmet } = runChains(recorder(calls), { ...plan, essTarget: 320 }, key('more'))
    expect(unmet).toBeUndefined()
    const n = draws[0][0].length
    expect((n - 100) % 40).toBe(0)
    for (const chains of draws) {
      expect(rhat(chains)).toBeLessThan(1.01)
      expect(essBulk(chains)).toBeGreaterThanOrEqual(320)
    }
    const isEnough = draws.every(chains => {
      const before = chains.map(chain => chain.slice(0, n - 40))
      return rhat(before) < 1.01 && essBulk(before) >= 320
    })
    expect(isEnough).toBe(false)
  })

  it('ends at the limit of blocks and says what was not reached', () => {
    const { draws, unmet } = runChains(recorder([]), { ...plan, essTarget: 1e6 }, key('limit'))
    expect(draws[0][0]).toHaveLength(100 + 4 * 40)
    expect(unmet).toMatch(/^R-hat \d\.\d{3}, bulk ESS \d+ of 1000000 after 260 draws a chain$/)
    const still: Transition<null> = { dimension: 1, method: '', init: () => null, step: state => state }
    expect(
      runChains(still, { ...plan, warmup: [], starts: starts.map(x => x.slice(0, 1)) } as ChainPlan<null>, key('still')).unmet,
    ).toMatch(/R-hat NaN, bulk ESS NaN/)
  })

  it('gives up after a block when it is told that there is no use', () => {
    let looked = 0
    const halt = (states: readonly { chain: number }[]) => {
      expect(states.map(s => s.chain)).toEqual([0, 1])
      return ++looked === 2 ? 'enough of it' : undefined
    }
    const { draws, unmet } = runChains(recorder([]), { ...plan, essTarget: 1e6, halt }, key('halt'))
    expect(unmet).toBe('enough of it')
    expect(draws[0][0]).toHaveLength(140)
  })

  it('keeps every so manieth transition where it is told to thin', () => {
    const thinned = runChains(recorder([]), { ...plan, warmup: [], thin: 3 }, key('thin')).draws
    const whole = runChains(recorder([]), { ...plan, warmup: [], draws: 300, furtherDraws: 1, blocksMax: 1 }, key('thin')).draws
    thinned.forEach((chains, i) => {
      chains.forEach((chain, c) => {
        expect([...chain.slice(0, 100)]).toEqual([...whole[i][c].filter((_, k) => k % 3 === 2)])
      })
    })
  })

  it('watches quantities of one point or of many at once, alike', () => {
    const one = (x: Float64Array) => Float64Array.of(x[0] * x[1], x[0])
    const asked: number[] = []
    const columns = (points: Float64Array, count: number) => {
      asked.push(count)
      return [0, 1].map(q => Float64Array.from({ length: count }, (_, k) => one(points.slice(2 * k, 2 * k + 2))[q]))
    }
    const strict = { ...plan, essTarget: 400 }
    const single = runChains(recorder([]), { ...strict, monitor: one }, key('monitor'))
    const batched = runChains(recorder([]), { ...strict, monitor: { columns } }, key('monitor'))
    expect(batched.draws).toEqual(single.draws)
    expect(asked.slice(0, 4)).toEqual([100, 100, 40, 40])
    // A watched quantity that never moves never converges.
    expect(runChains(recorder([]), { ...plan, monitor: () => Float64Array.of(1) }, key('monitor')).unmet).toMatch(/NaN/)
  })
})

describe('starting points', () => {
  it('are the first of positive density, each chain’s from a stream of its own; a given one after two hundred failures', () => {
    const target = targetOf(([x]) => (x > 0.9 ? 0 : Number.NEGATIVE_INFINITY), 1)
    const uniform = (stream: Stream, _: number, x: Float64Array) => {
      x[0] = nextUniform(stream)
    }
    const found = startingPoints(target, 3, uniform, Float64Array.of(5), key('starts'))
    found.forEach((x, c) => {
      const stream = openStream(childKey(key('starts'), c))
      let u = nextUniform(stream)
      while (u <= 0.9) u = nextUniform(stream)
      expect(x[0]).toBe(u)
    })
    const nowhere = targetOf(() => Number.NEGATIVE_INFINITY, 1)
    expect(startingPoints(nowhere, 2, uniform, Float64Array.of(5), key('starts'))).toEqual([
      Float64Array.of(5),
      Float64Array.of(5),
    ])
  })
})

/** A target that counts the points of each call. */
function counted(f: (x: Float64Array) => number, dimension: number): { target: Target; calls: number[] } {
  const calls: number[] = []
  const base = targetOf(f, dimension)
  return {
    calls,
    target: {
      dimension,
      evaluate(points, count, out) {
        calls.push(count)
        base.evaluate(points, count, out)
      },
    },
  }
}

const skewed = (x: Float64Array): number => x.reduce((sum, v) => sum + 3 * v - Math.exp(v), 0)

describe('points are asked in blocks', () => {
  it('by the mode search: all differences of a Newton step at once; by the proposal’s scales: all at once', () => {
    const { target, calls } = counted(skewed, 3)
    const start = new Float64Array(3)
    const mode = findMode(target, start, new Float64Array(3).fill(1))!
    expect(mode).toEqual(findMode(skewed, start, new Float64Array(3).fill(1)))
    expect(new Set(calls)).toEqual(new Set([1, 9, 12]))
    calls.length = 0
    expect(splitT(target, mode, 6)).toEqual(splitT(skewed, mode, 6))
    expect(calls).toEqual([36])
  })

  it('by independence chains: one call a chain and block, and a target serves where a log density does', () => {
    const { target, calls } = counted(skewed, 2)
    const given = { start: new Float64Array(2), scales: new Float64Array(2).fill(1), chains: 4, draws: 600, essTarget: 400 }
    const found = sampleDensity(target, given, key('blocks'))
    expect(found).toEqual(sampleDensity(skewed, given, key('blocks')))
    expect(found.fallback).toBeUndefined()
    expect(calls.filter(count => count >= 300).length % 4).toBe(0)
    expect(calls.filter(count => count === 600)).toHaveLength(4)
    expect(calls.length).toBeLessThan(60)
  })
})

describe('Hamiltonian Monte Carlo', () => {
  const gaussian = (x: Float64Array): number => {
    let s = x[0] * x[0]
    for (let i = 1; i < x.length; i++) s += (x[i] - 0.9 * x[i - 1]) ** 2 / 0.19
    return -0.5 * s
  }
  const identity = (d: number) => Float64Array.from({ length: d * d }, (_, k) => (k % (d + 1) === 0 ? 1 : 0))
  const run = (target: Target, d: number, label: string, isDiagonal = false) =>
    runChains(
      hmc(target, { factor: identity(d), isDiagonal }),
      {
        starts: [0, 1, 2, 3].map(c => new Float64Array(d).fill((c - 1.5) / 2)),
        warmup: [100, 150, 200, 150],
        draws: 500,
        furtherDraws: 1,
        blocksMax: 1,
        essTarget: 1,
      },
      key(label),
    )

  it('accepts about four trajectories in five after warm-up, and mixes far better than a walk', () => {
    const d = 8
    const { draws, states } = run(targetOf(gaussian, d), d, 'accepts')
    let [moves, steps] = [0, 0]
    for (const chain of draws[0]) for (let k = 1; k < chain.length; k++, steps++) if (chain[k] !== chain[k - 1]) moves++
    expect(moves / steps).toBeGreaterThan(0.68)
    expect(moves / steps).toBeLessThan(0.94)
    expect(states.every(state => state.divergences === 0)).toBe(true)
    for (const chains of draws) expect(essBulk(chains)).toBeGreaterThan(800)
  })

  it('learns a mass matrix: dense beats diagonal on a correlated Gaussian, and the learnt step is no smaller', () => {
    const d = 8
    const size = (isDiagonal: boolean) => Math.min(...run(targetOf(gaussian, d), d, 'mass', isDiagonal).draws.map(essBulk))
    expect(size(false)).toBeGreaterThan(1.5 * size(true))
  })

  it('uses the gradient of a target that has one, else differences that lead the same way', () => {
    let asked = 0
    const target: Target = {
      ...targetOf(skewed, 2),
      gradient(x, out) {
        asked++
        for (let i = 0; i < 2; i++) out[i] = 3 - Math.exp(x[i])
        return skewed(x)
      },
    }
    const rows = (given: Target) => {
      const stream = openStream(key('gradient'))
      const transition = hmc(given, { factor: identity(2), stepSize: 0.3 })
      const out = new Float64Array(40)
      transition.step(transition.init(new Float64Array(2), stream), 20, stream, out)
      return out
    }
    const own = rows(target)
    expect(asked).toBeGreaterThan(60)
    const differences = rows(targetOf(skewed, 2))
    own.forEach((v, k) => {
      expect(Math.abs(v - differences[k])).toBeLessThan(1e-3)
    })
  })

  it('counts the trajectories that leave the support', () => {
    const half = targetOf(([x]) => (x > 0 ? -x : Number.NEGATIVE_INFINITY), 1)
    const transition = hmc(half, { factor: Float64Array.of(1), stepSize: 0.5 })
    const stream = openStream(key('edge'))
    const state = transition.step(transition.init(Float64Array.of(1), stream), 200, stream, new Float64Array(200))
    expect(state.divergences).toBeGreaterThan(20)
    expect(state.divergences).toBeLessThan(180)
  })

  it('takes over from the independence sampler above eight coordinates, and the random walk below', () => {
    const laplace = (x: Float64Array): number => -x.reduce((sum, v) => sum + Math.abs(v), 0)
    const box = (x: Float64Array): number => (x.every(v => v > 0 && v < 1) ? 0 : Number.NEGATIVE_INFINITY)
    const sample = (f: (x: Float64Array) => number, d: number) =>
      sampleDensity(
        f,
        { start: new Float64Array(d).fill(0.5), scales: new Float64Array(d).fill(1), chains: 4, draws: 400, essTarget: 100 },
        key(`fallback ${d}`),
      )
    expect(sample(box, 2)).toMatchObject({ method: 'adaptive random-walk Metropolis', fallback: 'no mode was found' })
    expect(sample(laplace, 9).method).toMatch(/^Hamiltonian Monte Carlo/)
  })
})

describe('the random walk', () => {
  it('finds an acceptance rate of about 23 % from steps a hundred times too small or too large', () => {
    for (const scale of [0.02, 100]) {
      const { draws } = runChains(
        randomWalk(targetOf(skewed, 2), Float64Array.of(scale, 0, 0, scale)),
        {
          starts: [0, 1, 2, 3].map(c => Float64Array.of(c / 2, 1)),
          warmup: [400, 600, 1000, 1000],
          draws: 3000,
          furtherDraws: 1,
          blocksMax: 1,
          essTarget: 1,
        },
        key(`scale ${scale}`),
      )
      let [moves, steps] = [0, 0]
      for (const chain of draws[0]) for (let k = 1; k < chain.length; k++, steps++) if (chain[k] !== chain[k - 1]) moves++
      expect(moves / steps).toBeGreaterThan(0.18)
      expect(moves / steps).toBeLessThan(0.3)
    }
  })

  it('looks ahead where a target has lanes: fewer calls, the same bits, also across blocks', () => {
    const walk = (lanes: number | undefined, blocks: number[]) => {
      const { target, calls } = counted(skewed, 2)
      const stream = openStream(key('ahead'))
      const transition = randomWalk({ ...target, ...(lanes === undefined ? {} : { lanes }) }, Float64Array.of(1, 0, 0, 1))
      let state = transition.init(new Float64Array(2), stream)
      calls.length = 0
      const rows = blocks.flatMap(count => {
        const out = new Float64Array(2 * count)
        state = transition.step(state, count, stream, out)
        return [...out]
      })
      return { rows, calls }
    }
    const one = walk(undefined, [400])
    expect(one.calls).toEqual(Array(400).fill(1))
    for (const lanes of [2, 3, 8]) {
      for (const blocks of [[400], Array(40).fill(10), [1, 399]]) {
        const ahead = walk(lanes, blocks)
        expect(ahead.rows).toEqual(one.rows)
        expect(ahead.calls.length).toBeLessThan(250)
        expect(Math.max(...ahead.calls)).toBe(lanes)
      }
    }
  })
})
