import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keyWords, rootKey } from '../../src/base/index.js'
import type { Executor } from '../../src/execute/index.js'
import { jobs } from '../execute/test-jobs.js'

export async function collect<O>(outputs: AsyncIterable<O>): Promise<O[]> {
  const all: O[] = []
  for await (const output of outputs) all.push(output)
  return all
}

/** The results before the error, and the error itself. */
export async function collectUntilError(outputs: AsyncIterable<unknown>): Promise<{ before: unknown[]; error: unknown }> {
  const before: unknown[] = []
  try {
    for await (const output of outputs) before.push(output)
  } catch (error) {
    return { before, error }
  }
  return { before, error: undefined }
}

/** What every executor owes its callers. `make` opens one over the table of jobs in test/execute/test-jobs.ts. */
export function executorLaws(name: string, make: () => Executor): void {
  describe(`${name} keeps the executor laws`, () => {
    let executor: Executor
    beforeAll(() => {
      executor = make()
    })
    afterAll(() => executor.close())
    orderLaws(() => executor)
    errorLaws(() => executor)
    cancellationLaws(() => executor)
    test('closing cancels what is under way; then nothing runs any more, and closing twice is fine', async () => {
      const closing = make()
      expect(closing.workers).toBeGreaterThanOrEqual(1)
      const seen: unknown[] = []
      const iterate = async () => {
        for await (const output of closing.map('square', [1, 2, 3])) {
          seen.push(output)
          await closing.close()
        }
      }
      await expect(iterate()).rejects.toMatchObject({ name: 'SwarmvarError', code: 'CANCELLED' })
      expect(seen).toEqual([1])
      await closing.close()
      const { before, error } = await collectUntilError(closing.map('square', [2]))
      expect([before, error]).toMatchObject([[], { code: 'CANCELLED' }])
    })
  })
}

function orderLaws(executor: () => Executor): void {
  test('results come in input order though later inputs finish earlier', async () => {
    const inputs = [30, 3, 1, 0, 20, 0].map((millions, i) => ({ millions, name: `input ${i}` }))
    const outputs = await collect(executor().map<unknown, { name: string }>('spin', inputs))
    expect(outputs.map(output => output.name)).toEqual(inputs.map(input => input.name))
  })
  test('a hundred small inputs come back in order, from plain and from asynchronous jobs', async () => {
    const inputs = Array.from({ length: 100 }, (_, i) => i)
    const squares = inputs.map(x => x * x)
    expect(await collect(executor().map('square', inputs))).toEqual(squares)
    expect(await collect(executor().map('squareLater', inputs))).toEqual(squares)
  })
  test('seeded draws are the same bytes as those computed here', async () => {
    const words = keyWords(rootKey('executor laws'))
    const inputs = Array.from({ length: 8 }, (_, label) => ({ words, label, n: 50 }))
    expect(await collect(executor().map('draws', inputs))).toEqual(inputs.map(jobs.draws))
  })
  test('several maps may be under way at the same time', async () => {
    const [squares, spins] = await Promise.all([
      collect(executor().map('square', [1, 2, 3])),
      collect(
        executor().map<unknown, { name: string }>('spin', [
          { millions: 5, name: 'a' },
          { millions: 0, name: 'b' },
        ]),
      ),
    ])
    expect(squares).toEqual([1, 4, 9])
    expect(spins.map(spin => spin.name)).toEqual(['a', 'b'])
  })
  test('no inputs give no results, whatever the job', async () => {
    expect(await collect(executor().map('square', []))).toEqual([])
    expect(await collect(executor().map('no such job', []))).toEqual([])
  })
  test('what a job does to its input, or later to its output, does not reach the caller', async () => {
    const input = Float64Array.of(1, 2, 3)
    const first = await collect(executor().map<Float64Array, Float64Array>('careless', [input]))
    const count = first[0][0]
    await collect(executor().map('careless', [input, input, input]))
    expect(input).toEqual(Float64Array.of(1, 2, 3))
    expect(first[0][0]).toBe(count)
  })
}

function errorLaws(executor: () => Executor): void {
  test('a typed error arrives with its fields, after the results before it', async () => {
    const { before, error } = await collectUntilError(executor().map('refuseOdd', [2, 4, 5, 6, 7]))
    expect(before).toEqual([2, 4])
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'SwarmvarError', code: 'ODD', found: '5', expected: 'an even number', where: 'input' })
    expect((error as Error).message).toBe('input: found 5, expected an even number')
  })
  test('a typed error without a place arrives without one', async () => {
    const { error } = await collectUntilError(executor().map('refuseNowhere', [1]))
    expect(error).toMatchObject({ code: 'NOWHERE', found: '1', where: undefined })
  })
  test('an unknown job is refused by name, and names found on every object are no jobs', async () => {
    for (const job of ['squares', 'toString', '__proto__']) {
      const { before, error } = await collectUntilError(executor().map(job, [1]))
      expect(before).toEqual([])
      expect(error).toMatchObject({ code: 'UNKNOWN_JOB', found: job })
      expect((error as { expected: string }).expected).toContain('square, squareLater')
    }
  })
  test('a bug in a job arrives as the error it is', async () => {
    const { error } = await collectUntilError(executor().map('bug', [7]))
    expect(error).toBeInstanceOf(Error)
    expect((error as Error).message).toBe('a bug at 7')
    expect(error).not.toHaveProperty('code')
  })
  test('what is not plain data is refused on its way in and on its way out', async () => {
    const incoming = await collectUntilError(executor().map('square', [() => 1]))
    expect(incoming.error).toMatchObject({ code: 'NOT_PLAIN_DATA', where: 'job square' })
    const outgoing = await collectUntilError(executor().map('notPlain', [1]))
    expect(outgoing.error).toMatchObject({ code: 'NOT_PLAIN_DATA', where: 'job notPlain' })
    expect(await collect(executor().map('square', [3]))).toEqual([9])
  })
}

function cancellationLaws(executor: () => Executor): void {
  test('an iteration can be left early, and the executor goes on', async () => {
    for await (const output of executor().map('square', [1, 2, 3, 4, 5, 6, 7, 8])) {
      if (output === 4) break
    }
    expect(await collect(executor().map('square', [5]))).toEqual([25])
  })
  test('an aborted signal ends the iteration with CANCELLED, also when results were waiting', async () => {
    const controller = new AbortController()
    const seen: unknown[] = []
    const iterate = async () => {
      for await (const output of executor().map('square', [1, 2, 3, 4], { signal: controller.signal })) {
        seen.push(output)
        if (output === 4) controller.abort()
      }
    }
    await expect(iterate()).rejects.toMatchObject({ name: 'SwarmvarError', code: 'CANCELLED', where: 'job square' })
    expect(seen).toEqual([1, 4])
    expect(await collect(executor().map('square', [5]))).toEqual([25])
  })
  test('a signal that was aborted before is heard before anything runs', async () => {
    const { before, error } = await collectUntilError(executor().map('square', [1], { signal: AbortSignal.abort() }))
    expect(before).toEqual([])
    expect(error).toMatchObject({ code: 'CANCELLED' })
  })
  test('cancelling one map leaves the others alone', async () => {
    const controller = new AbortController()
    const inputs = Array.from({ length: 20 }, (_, i) => i)
    const doomed = collectUntilError(executor().map('squareLater', inputs, { signal: controller.signal }))
    const other = collect(executor().map('squareLater', inputs))
    controller.abort()
    expect((await doomed).error).toMatchObject({ code: 'CANCELLED' })
    expect(await other).toEqual(inputs.map(x => x * x))
  })
}
