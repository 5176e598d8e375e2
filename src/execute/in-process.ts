import { cancelled, lifetimes, unlessAborted } from './cancel.js'
import type { Executor, JobTable, MapOptions } from './executor.js'
import { explainClone, perform, unwrap } from './outcome.js'

/**
 * Runs jobs in this thread, one at a time, each when the iteration asks for it. A job that computes without awaiting cannot be
 * interrupted: cancelling takes effect before the next one.
 */
export function inProcess(table: JobTable): Executor {
  const maps = lifetimes()

  async function* map<I, O>(job: string, inputs: readonly I[], options: MapOptions = {}): AsyncGenerator<O> {
    const life = maps.open(job, options.signal)
    try {
      life.signal.throwIfAborted()
      for (const input of inputs) {
        // A turn of the event loop, without which no interrupt would ever be heard between two long jobs.
        await new Promise(setImmediate)
        life.signal.throwIfAborted()
        yield await unlessAborted(run<O>(table, job, input), life.signal)
      }
    } finally {
      life.end()
    }
  }

  async function close(): Promise<void> {
    maps.stopAll(job => cancelled('an executor that was closed', job))
  }

  return { workers: 1, map, close }
}

/** Copies the input as the way to another thread would (`perform` copies the output): a job sees and leaves the same here and there. */
async function run<O>(table: JobTable, job: string, input: unknown): Promise<O> {
  try {
    return unwrap<O>(await perform(table, job, structuredClone(input)))
  } catch (error) {
    throw explainClone(error, job)
  }
}
