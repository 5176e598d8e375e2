import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type Executor, inProcess, threads } from '../../src/execute/index.js'
import type { Node, Work } from '../../src/network/index.js'
import { jobs } from '../execute/test-jobs.js'
import { logged, reacting, silent } from './helpers.js'

const jobsModule = join(__dirname, '../execute/test-jobs.ts')
const pool = threads({ workers: 2, jobsModule })
afterAll(() => pool.close())
const executors: [string, Executor][] = [
  ['in process', inProcess(jobs)],
  ['in threads', pool],
]

/** Asks for the work when it is signalled. */
const asking = (...work: Work[]): Node<unknown, string> =>
  reacting(event =>
    event.kind === 'signal' ? { work } : event.kind === 'result' ? { note: [{ kind: 'done', detail: event.tag }] } : undefined,
  )

describe.each(executors)('work %s', (_, executor) => {
  test('comes back at the virtual time that was fixed when it was asked for, whatever finishes first', async () => {
    const spin = (millions: number, afterMs: number): Work => ({
      job: 'spin',
      tag: `${millions}`,
      input: { millions, name: 'x' },
      afterMs,
    })
    const nodes = { a: asking(spin(20, 1), spin(0, 7)), b: asking(spin(5, 4), spin(0, 1)), c: silent<string>() }
    const { world, log } = logged<string>({ nodes, executor })
    for (const id of ['a', 'b']) world.signal(10, id, 's', '')
    for (const atMs of [10.5, 12, 16]) world.signal(atMs, 'c', 'meanwhile', '')
    await world.run()
    expect(log.map(line => line.split(':')[0])).toEqual([
      '10 a < signal s',
      '10 b < signal s',
      '10.5 c < signal meanwhile',
      '11 a < result 20',
      '11 a notes done',
      '11 b < result 0',
      '11 b notes done',
      '12 c < signal meanwhile',
      '14 b < result 5',
      '14 b notes done',
      '16 c < signal meanwhile',
      '17 a < result 0',
      '17 a notes done',
    ])
  })

  test('that fails with a typed error comes back as a failure', async () => {
    const work = [1, 2].map(input => ({ job: 'refuseOdd', tag: `try ${input}`, input, afterMs: 1 }))
    const { world, log } = logged<string>({ nodes: { a: asking(...work) }, executor })
    world.signal(0, 'a', 's', '')
    await world.run()
    expect(log.slice(1, 3)).toEqual(['1 a < failure try 1: ODD input: found 1, expected an even number', '1 a < result try 2: 2'])
  })

  test('may still be under way between two runs', async () => {
    const { world, log } = logged<string>({ nodes: { a: asking({ job: 'square', tag: 't', input: 3, afterMs: 10 }) }, executor })
    world.signal(0, 'a', 's', '')
    await world.run(5)
    expect(log.length).toBe(1)
    await world.run(10)
    expect(log[1]).toBe('10 a < result t: 9')
  })

  test('under way keeps the run from being started again', async () => {
    const { world, log } = logged<string>({ nodes: { a: asking({ job: 'square', tag: 't', input: 3, afterMs: 10 }) }, executor })
    world.signal(0, 'a', 's', '')
    const running = world.run()
    await expect(world.run()).rejects.toThrow('a world that is running cannot be run')
    expect(() => world.signal(20, 'a', 's', '')).toThrow('signals are scheduled between runs')
    await running
    expect(log[1]).toBe('10 a < result t: 9')
  })

  test('with a bug in it stops the run, and everything else under way with it', async () => {
    const work: Work[] = [
      { job: 'squareLater', tag: 'later', input: 1, afterMs: 50 },
      { job: 'bug', tag: 'bug', input: 7, afterMs: 1 },
      { job: 'bug', tag: 'another bug', input: 8, afterMs: 2 },
    ]
    const { world, log } = logged<string>({ nodes: { a: asking(...work) }, executor })
    world.signal(0, 'a', 's', '')
    await expect(world.run()).rejects.toThrow('a bug at 7')
    expect(log.length).toBe(1)
    await expect(world.run()).rejects.toThrow('a world that is failed')
  })

  test.each([
    ['UNKNOWN_JOB', { job: 'no such job', input: 1 }],
    ['NOT_PLAIN_DATA', { job: 'square', input: () => 1 }],
  ])('that the executor refuses stops the run: it is no failure of the job (%s)', async (code, work) => {
    const { world } = logged<string>({ nodes: { a: asking({ ...work, tag: 't', afterMs: 1 }) }, executor })
    world.signal(0, 'a', 's', '')
    await expect(world.run()).rejects.toMatchObject({ code })
  })

  test.each([-1, Number.NaN])('with a delay of %s is a bug', async afterMs => {
    const { world } = logged<string>({ nodes: { a: asking({ job: 'square', tag: 't', input: 1, afterMs }) }, executor })
    world.signal(0, 'a', 's', '')
    await expect(world.run()).rejects.toThrow('internal error')
  })
})

test('a closed executor stops the run', async () => {
  const executor = inProcess(jobs)
  await executor.close()
  const { world } = logged<string>({ nodes: { a: asking({ job: 'square', tag: 't', input: 1, afterMs: 1 }) }, executor })
  world.signal(0, 'a', 's', '')
  await expect(world.run()).rejects.toMatchObject({ code: 'CANCELLED' })
})
