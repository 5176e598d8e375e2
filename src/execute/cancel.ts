import { SwarmvarError } from '../base/index.js'

/** The maps of one executor that are being iterated: each can be stopped by its caller, all of them by the executor. */
export interface Lifetimes {
  /** Opens one map's lifetime. Its signal's reason is the error that the iteration has to throw. */
  open(job: string, signal: AbortSignal | undefined): Lifetime
  /** Stops every open map, and every map opened from now on, with the reason given. */
  stopAll(reason: (job: string) => unknown): void
}

export interface Lifetime {
  readonly signal: AbortSignal
  /** Frees the caller's signal, and drops what still waits. */
  end(): void
}

export function lifetimes(): Lifetimes {
  const open = new Map<AbortController, string>()
  let stopped: ((job: string) => unknown) | undefined
  return {
    open(job, signal) {
      const controller = new AbortController()
      const abort = () => controller.abort(cancelled('an aborted signal', job))
      open.set(controller, job)
      signal?.addEventListener('abort', abort, { once: true })
      if (stopped !== undefined) controller.abort(stopped(job))
      if (signal?.aborted) abort()
      const end = () => {
        signal?.removeEventListener('abort', abort)
        open.delete(controller)
        controller.abort(cancelled('an iteration that was left', job))
      }
      return { signal: controller.signal, end }
    },
    stopAll(reason) {
      stopped ??= reason
      for (const [controller, job] of open) controller.abort(reason(job))
    },
  }
}

export const cancelled = (found: string, job: string): SwarmvarError =>
  new SwarmvarError('CANCELLED', { found, expected: 'work that runs to its end', where: `job ${job}` })

/** The work's result, or the signal's reason at once when it is aborted: also when the result was there first. */
export async function unlessAborted<O>(work: Promise<O>, signal: AbortSignal): Promise<O> {
  let abort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
  })
  try {
    if (signal.aborted) abort()
    const result = await Promise.race([aborted, work])
    signal.throwIfAborted()
    return result
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

export interface Interruption {
  readonly signal: AbortSignal
  /** Stops listening. The signal stays as it is. */
  dispose(): void
}

/** Turns the first Ctrl-C (SIGINT) into an abort of the signal. The second one ends the process as usual. */
export function cancelOnInterrupt(): Interruption {
  const controller = new AbortController()
  const interrupt = () => controller.abort()
  process.once('SIGINT', interrupt)
  return { signal: controller.signal, dispose: () => void process.removeListener('SIGINT', interrupt) }
}
