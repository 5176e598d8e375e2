import { isSwarmvarError } from '../base/index.js'

/** Long computations by name. A job is a pure function of its input: plain data in, plain data (or a promise of it) out. */
export interface JobTable {
  readonly [name: string]: (input: never) => unknown
}

export interface MapOptions {
  /** Aborting it drops the work that waits, stops what can be stopped and makes the iteration throw CANCELLED. */
  readonly signal?: AbortSignal
}

/**
 * Runs jobs. Inputs and outputs are plain data (what structured clone copies) and are copied on their way, so neither side
 * sees the other's changes; an input must stay unchanged until its result is there.
 */
export interface Executor {
  /** How many jobs can run at the same time. */
  readonly workers: number
  /**
   * The job's result for every input, in the order of the inputs. Work starts when the iteration starts. The first input that
   * fails ends the iteration with its error, after the results before it; leaving early drops the rest.
   * Errors: what the job throws (a typed one keeps its fields); UNKNOWN_JOB, NOT_PLAIN_DATA, BAD_JOBS_MODULE, CANCELLED.
   */
  map<I, O>(job: string, inputs: readonly I[], options?: MapOptions): AsyncIterable<O>
  /** Cancels what still runs and frees every thread. May be called more than once. */
  close(): Promise<void>
}

const executorCodes: readonly string[] = ['UNKNOWN_JOB', 'NOT_PLAIN_DATA', 'BAD_JOBS_MODULE', 'CANCELLED']

/** True for the typed errors that come from the executor and not from the job: they say nothing about the job's input. */
export const isExecutorError = (error: unknown): boolean => isSwarmvarError(error) && executorCodes.includes(error.code)
