import { describe, expect, it } from 'vitest'
import { type StormInput, type StormsResult, stormProtocol, stormProtocols } from '../../src/checks/index.js'
import { jobs } from '../../src/checks/jobs.js'
import { inProcess } from '../../src/execute/index.js'

const groups = stormProtocols.flatMap(protocol => [1, 2, 3].map(f => ({ protocol, f, n: 3 * f + 1 })))

describe('protocol storms', () => {
  it.each(groups)('break no promise of $protocol among $n with $f faulty', async group => {
    // A hundred rounds of W-MSR among ten take as long as three other storms.
    const seeds = group.protocol === 'wMsr' && group.f === 3 ? 12 : 25
    for (let i = 0; i < seeds; i++) {
      const { violations } = await stormProtocol({ ...group, seed: `test-${i}` })
      expect(violations).toEqual([])
    }
  })

  it('are the same twice, and another with another seed', async () => {
    for (const { protocol, n, f } of groups.filter(({ f }) => f === 1)) {
      const once = await stormProtocol({ protocol, n, f, seed: 'twice' })
      expect(await stormProtocol({ protocol, n, f, seed: 'twice' })).toEqual(once)
      expect((await stormProtocol({ protocol, n, f, seed: 'another' })).digest).not.toBe(once.digest)
    }
  })

  it('come to the same as a job, many at once', async () => {
    const input = { protocol: 'synchronous', n: 3, f: 1, unsafe: true, prefix: 'below-', from: 0, to: 20 }
    const violations = []
    for (let i = 0; i < 20; i++) {
      const result = await stormProtocol({ protocol: 'synchronous', n: 3, f: 1, unsafe: true, seed: `below-${i}` })
      violations.push(...result.violations)
    }
    for await (const result of inProcess(jobs).map<object, StormsResult>('storms', [input])) {
      expect(result.storms).toBe(20)
      expect(result.violated).toBe(new Set(violations.map(({ seed }) => seed)).size)
      expect(result.violations).toEqual(violations.slice(0, 20))
    }
  })

  it('use every strategy', async () => {
    const used = new Set<string>()
    for (let i = 0; i < 60; i++) {
      const { strategies } = await stormProtocol({ protocol: 'broadcast', n: 4, f: 1, seed: `used-${i}` })
      for (const names of Object.values(strategies)) for (const name of names) used.add(name)
    }
    expect([...used].sort()).toEqual([
      'crash',
      'extreme',
      'flood',
      'garbage',
      'honest',
      'malformed',
      'partial',
      'replay',
      'silent',
      'slander',
      'split',
      'twoFaced',
    ])
  })

  it.each<[Omit<StormInput, 'seed'>, string, string]>([
    [{ protocol: 'broadcast', n: 4, f: -1 }, 'BAD_STORM', 'f'],
    [{ protocol: 'broadcast', n: 0, f: 0 }, 'BAD_STORM', 'n'],
    [{ protocol: 'paxos' as never, n: 4, f: 1 }, 'BAD_STORM', 'protocol'],
    [{ protocol: 'broadcast', n: 3, f: 1 }, 'TOO_MANY_FAULTS', 'reliableBroadcast'],
    [{ protocol: 'synchronous', n: 3, f: 1 }, 'TOO_MANY_FAULTS', 'synchronousAgreement'],
    [{ protocol: 'asynchronous', n: 3, f: 1 }, 'TOO_MANY_FAULTS', 'asynchronousAgreement'],
  ])('refuse %o', async (input, code, where) => {
    await expect(stormProtocol({ ...input, seed: 's' })).rejects.toMatchObject({ code, where })
  })
})

/** Below the bound: the seed, and a promise that its storm breaks. */
const broken: readonly (readonly [Omit<StormInput, 'seed' | 'unsafe'>, string, string])[] = [
  [{ protocol: 'broadcast', n: 3, f: 1 }, 'below-0', 'validity'],
  [{ protocol: 'broadcast', n: 3, f: 1 }, 'below-2', 'totality'],
  [{ protocol: 'broadcast', n: 3, f: 1, thresholds: { echoes: 2, amplify: 2, deliver: 2 } }, 'below-1', 'agreement'],
  [{ protocol: 'broadcast', n: 6, f: 2 }, 'below-2', 'validity'],
  [{ protocol: 'broadcast', n: 9, f: 3 }, 'below-2', 'validity'],
  [{ protocol: 'synchronous', n: 3, f: 1 }, 'below-1', 'agreement'],
  [{ protocol: 'synchronous', n: 6, f: 2 }, 'below-2', 'agreement'],
  [{ protocol: 'synchronous', n: 9, f: 3 }, 'below-3', 'contraction'],
  [{ protocol: 'asynchronous', n: 3, f: 1 }, 'below-0', 'termination'],
  [{ protocol: 'asynchronous', n: 3, f: 1 }, 'below-23', 'validity'],
  [{ protocol: 'asynchronous', n: 3, f: 1, thresholds: { echoes: 2, amplify: 2, deliver: 2 } }, 'below-59', 'agreement'],
  [{ protocol: 'asynchronous', n: 6, f: 2 }, 'below-2', 'termination'],
  [{ protocol: 'asynchronous', n: 9, f: 3 }, 'below-2', 'termination'],
  // Two-faced among three; and on graphs that are not (f + 1, f + 1)-robust.
  [{ protocol: 'wMsr', n: 3, f: 1 }, 'below-1', 'agreement'],
  [{ protocol: 'wMsr', n: 6, f: 1 }, 'below-9', 'agreement'],
  [{ protocol: 'wMsr', n: 6, f: 2 }, 'below-8', 'agreement'],
  [{ protocol: 'wMsr', n: 9, f: 3 }, 'below-61', 'agreement'],
]

describe('a committed seed shows what breaks at n = 3f', () => {
  it.each(broken)('%o, seed %s: %s', async (input, seed, property) => {
    const { violations } = await stormProtocol({ ...input, seed, unsafe: true })
    const first = violations.find(each => each.property === property)
    expect(first?.seed).toBe(seed)
    expect(first?.replay).toContain(`swarmvar storm ${input.protocol} --n ${input.n} --f ${input.f} --only ${seed} --unsafe`)
  })
})
