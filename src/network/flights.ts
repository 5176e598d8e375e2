import { setMaxListeners } from 'node:events'
import { assert } from '../base/index.js'
import type { Executor } from '../execute/index.js'
import type { Work } from './node.js'

/** What a job came to. Never a rejected promise: nobody looks at it before its virtual time has come. */
export type Landing = { readonly ok: true; readonly output: unknown } | { readonly ok: false; readonly error: unknown }

/** A job under way. */
export interface Flight {
  readonly job: string
  readonly tag: string
  readonly landing: Promise<Landing>
}

/** The jobs that a world's nodes have asked for and that are not back yet. */
export interface Flights {
  /** Hands the job to the executor at once. */
  start(work: Work): Flight
  /** Waits for the job, whenever it really finishes. */
  land(flight: Flight): Promise<Landing>
  /** Cancels everything under way and waits until it is over. */
  cancel(): Promise<void>
}

export function createFlights(executor: Executor): Flights {
  const controller = new AbortController()
  // One listener a job under way, and there may be as many as agents.
  setMaxListeners(0, controller.signal)
  const open = new Set<Flight>()

  async function fly({ job, input }: Work): Promise<Landing> {
    try {
      for await (const output of executor.map(job, [input], { signal: controller.signal })) return { ok: true, output }
      assert(false, `the executor gave no result for the job ${job}`)
    } catch (error) {
      return { ok: false, error }
    }
  }

  return {
    start(work) {
      const flight: Flight = { job: work.job, tag: work.tag, landing: fly(work) }
      open.add(flight)
      return flight
    },
    async land(flight) {
      const landing = await flight.landing
      open.delete(flight)
      return landing
    },
    async cancel() {
      controller.abort()
      await Promise.all([...open].map(flight => flight.landing))
      open.clear()
    },
  }
}
