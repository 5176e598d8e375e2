import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Executor, isExecutorError, threads } from '../../src/execute/index.js'
import { collect, collectUntilError } from '../laws/executor-laws.js'

const jobsModule = join(__dirname, 'test-jobs.ts')
const flags = (n: number) => new Int32Array(new SharedArrayBuffer(4 * n))

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate)
}

describe('two worker threads', () => {
  let executor: Executor
  beforeAll(() => {
    executor = threads({ workers: 2, jobsModule })
  })
  afterAll(() => executor.close())

  test('run the inputs of one map at the same time, and hand the results out in input order', async () => {
    const shared = flags(3)
    const inputs = [
      { flags: shared, wait: 1, set: 0 },
      { flags: shared, wait: -1, set: 1 },
    ]
    expect(await collect(executor.map('after', inputs))).toEqual([1, 0])
  })

  test('run two maps at the same time', async () => {
    const shared = flags(2)
    const meetings = [
      executor.map('meet', [{ flags: shared, mine: 0, other: 1 }]),
      executor.map('meet', [{ flags: shared, mine: 1, other: 0 }]),
    ]
    expect(await Promise.all(meetings.map(collect))).toEqual([[0], [1]])
  })

  test('survive a job that ends its thread', async () => {
    const { error } = await collectUntilError(executor.map('exit', [1]))
    expect(error).toBeInstanceOf(Error)
    expect(isExecutorError(error)).toBe(false)
    expect(await collect(executor.map('square', [1, 2, 3, 4]))).toEqual([1, 4, 9, 16])
  })
})

describe('one worker thread', () => {
  test('drops the work that waits when the signal is aborted, without waiting for the job that runs', async () => {
    const executor = threads({ workers: 1, jobsModule })
    const [running, waiting] = [flags(2), flags(2)]
    const controller = new AbortController()
    const outcome = collectUntilError(executor.map('endless', [running, waiting], { signal: controller.signal }))
    await until(() => running[0] === 1)
    controller.abort()
    expect(await outcome).toMatchObject({ before: [], error: { code: 'CANCELLED' } })
    Atomics.store(running, 1, 1)
    expect(await collect(executor.map('square', [6]))).toEqual([36])
    expect(waiting[0]).toBe(0)
    await executor.close()
  })

  test('is ended by close() in the middle of a job', async () => {
    const executor = threads({ workers: 1, jobsModule })
    const running = flags(2)
    const outcome = collectUntilError(executor.map('endless', [running]))
    await until(() => running[0] === 1)
    await executor.close()
    expect(await outcome).toMatchObject({ before: [], error: { code: 'CANCELLED' } })
  })

  test('may be closed before it has done anything', async () => {
    await threads({ workers: 1, jobsModule }).close()
  })
})

describe('what threads() is given', () => {
  test('must be a whole number of workers and an absolute path', () => {
    for (const workers of [0, -1, 1.5, Number.NaN]) {
      expect(() => threads({ workers, jobsModule })).toThrow(
        expect.objectContaining({ code: 'BAD_WORKERS', found: String(workers) }),
      )
    }
    const relative = () => threads({ workers: 1, jobsModule: './test-jobs.ts' })
    expect(relative).toThrow(expect.objectContaining({ code: 'BAD_JOBS_MODULE', found: './test-jobs.ts' }))
  })

  test.each([
    ['does not exist', join(__dirname, 'no-such-jobs.ts')],
    ['exports no jobs', join(__dirname, '../../src/base/assert.ts')],
  ])('is refused by the first job when the module %s', async (_, module) => {
    const executor = threads({ workers: 1, jobsModule: module })
    const { error } = await collectUntilError(executor.map('square', [1]))
    expect(error).toMatchObject({ code: 'BAD_JOBS_MODULE', where: module })
    expect(isExecutorError(error)).toBe(true)
    await executor.close()
  })
})
