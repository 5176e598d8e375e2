import { childKey, keyFromWords, nextUniform, openStream, refuse } from '../../src/base/index.js'

let kept: Float64Array | undefined

/** The table of jobs that the executor laws run: every executor under test must know it. */
export const jobs = {
  square: (x: number) => x * x,
  squareLater: async (x: number) => {
    await new Promise(resolve => setImmediate(resolve))
    return x * x
  },
  /** Keeps a thread busy for about so many million additions: a late input with little to do finishes first. */
  spin: ({ millions, name }: { millions: number; name: string }) => {
    let sum = 0
    for (let i = 0; i < millions * 1e6; i++) sum = (sum + i) % 1000003
    return { name, sum }
  },
  draws: ({ words, label, n }: { words: Uint32Array; label: number; n: number }) => {
    const stream = openStream(childKey(keyFromWords(words), label))
    return Float64Array.from({ length: n }, () => nextUniform(stream))
  },
  /** Changes its input and hands out what it keeps: neither may reach the caller. */
  careless: (input: Float64Array) => {
    input.fill(-1)
    kept ??= new Float64Array(1)
    kept[0]++
    return kept
  },
  refuseOdd: (x: number) => (x % 2 === 1 ? refuse('ODD', x, 'an even number', 'input') : x),
  refuseNowhere: (x: number) => refuse('NOWHERE', x, 'nothing'),
  bug: (x: number) => {
    throw new Error(`a bug at ${x}`)
  },
  notPlain: () => () => 1,
  exit: () => process.exit(3),
  /** Sets its first flag when it starts, then computes until somebody sets the second. */
  endless: (flags: Int32Array) => {
    Atomics.store(flags, 0, 1)
    for (;;) if (Atomics.load(flags, 1) === 1) return 'released'
  },
  /** Waits until the other side has set its flag: two of them finish only when both run at the same time. */
  meet: ({ flags, mine, other }: { flags: Int32Array; mine: number; other: number }) => {
    Atomics.store(flags, mine, 1)
    Atomics.notify(flags, mine)
    Atomics.wait(flags, other, 0)
    return mine
  },
  /** Waits for its flag, if there is one to wait for; then sets its own and tells how many had finished before it. */
  after: ({ flags, wait, set }: { flags: Int32Array; wait: number; set: number }) => {
    if (wait >= 0) Atomics.wait(flags, wait, 0)
    const finished = Atomics.add(flags, flags.length - 1, 1)
    Atomics.store(flags, set, 1)
    Atomics.notify(flags, set)
    return finished
  },
}
