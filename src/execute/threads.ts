import { extname, isAbsolute, join, resolve } from 'node:path'
import { Piscina } from 'piscina'
import { refuse } from '../base/index.js'
import { cancelled, lifetimes, unlessAborted } from './cancel.js'
import type { Executor, MapOptions } from './executor.js'
import { explainClone, type Outcome, unwrap } from './outcome.js'
import type { WorkerSetup, WorkerTask } from './worker.js'

export interface ThreadsOptions {
  /** Number of worker threads, at least 1. */
  readonly workers: number
  /** Absolute path of a module that exports `jobs: JobTable`; every worker requires it. */
  readonly jobsModule: string
}

/**
 * Runs jobs in a pool of worker threads (piscina). An idle pool does not keep the process alive.
 * A job that runs when its iteration is cancelled or left runs to its end, unheard; only close() ends it.
 * Errors: BAD_WORKERS, BAD_JOBS_MODULE (the module itself is loaded by the first job).
 */
export function threads({ workers, jobsModule }: ThreadsOptions): Executor {
  if (!Number.isSafeInteger(workers) || workers < 1)
    refuse('BAD_WORKERS', workers, 'a whole number of threads, at least 1', 'workers')
  if (!isAbsolute(jobsModule)) refuse('BAD_JOBS_MODULE', jobsModule, 'the absolute path of a module', 'jobsModule')
  const pool = openPool(workers, jobsModule)
  const maps = lifetimes()
  let closed: Promise<void> | undefined
  // A thread that dies before it has a task would leave the queue waiting for ever.
  pool.on('error', error => maps.stopAll(() => error))
  // piscina replaces a thread that a job brought down, even when the thread's end is heard after the pool's.
  pool.on('workerCreate', () => void (closed !== undefined && pool.destroy()))

  async function* map<I, O>(job: string, inputs: readonly I[], options: MapOptions = {}): AsyncGenerator<O> {
    const life = maps.open(job, options.signal)
    const outcomes: Promise<Outcome>[] = []
    // Work waits here and not in the pool's queue: piscina's own signal would end the thread, and then trip over its last message.
    const startNext = () => {
      if (outcomes.length === inputs.length || life.signal.aborted) return
      const task: WorkerTask = { job, input: inputs[outcomes.length] }
      const outcome: Promise<Outcome> = pool.run(task)
      outcomes.push(outcome)
      outcome.then(startNext, () => {})
    }
    try {
      life.signal.throwIfAborted()
      for (let i = 0; i < workers; i++) startNext()
      for (let i = 0; i < inputs.length; i++) {
        // Every finished task has started one more, so the i-th has started by now.
        const outcome = await unlessAborted(outcomes[i], life.signal)
        yield unwrap<O>(outcome)
      }
    } catch (error) {
      throw explainClone(error, job)
    } finally {
      life.end()
    }
  }

  function close(): Promise<void> {
    maps.stopAll(job => cancelled('an executor that was closed', job))
    closed ??= pool.destroy()
    return closed
  }

  return { workers, map, close }
}

/** The pool runs worker.js beside this file; from sources that is worker.ts, and its threads need ts-node's require hook. */
function openPool(workers: number, jobsModule: string): Piscina {
  const extension = extname(__filename)
  const setup: WorkerSetup = { jobsModule }
  return new Piscina({
    filename: join(__dirname, `worker${extension}`),
    minThreads: workers,
    maxThreads: workers,
    stricterFIFO: true,
    recordTiming: false,
    workerData: setup,
    ...(extension === '.ts' || extname(jobsModule) === '.ts' ? typescriptHook(extension === '.ts') : {}),
  })
}

/** Thread options for TypeScript; our own sources need our own tsconfig.json, wherever the process was started. */
function typescriptHook(fromSources: boolean): { execArgv: string[]; env?: NodeJS.ProcessEnv } {
  // Held by this thread as well: the end of the last thread that uses swc's native code would unload it while its own threads run.
  require('@swc/core')
  const execArgv = ['-r', require.resolve('ts-node/register')]
  if (!fromSources) return { execArgv }
  return { execArgv, env: { ...process.env, TS_NODE_PROJECT: resolve(__dirname, '../../tsconfig.json') } }
}
