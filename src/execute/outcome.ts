import { isSwarmvarError, refuse, SwarmvarError } from '../base/index.js'
import type { JobTable } from './executor.js'

/** What a job came to, as plain data: structured clone would strip a typed error of its fields. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false
      readonly code: string
      readonly found: string
      readonly expected: string
      readonly where: string | undefined
    }

/**
 * Runs one job. A typed error becomes a failed outcome; any other error is a bug and is thrown on. The value is a copy: a job
 * may go on using what it handed out, and an output that cannot be copied would bring the whole process down from a thread.
 */
export async function perform(table: JobTable, job: string, input: unknown): Promise<Outcome> {
  try {
    if (!Object.hasOwn(table, job)) {
      refuse('UNKNOWN_JOB', job, `one of ${Object.keys(table).sort().join(', ') || 'no jobs at all'}`, 'job')
    }
    // The one cast: a table forgets the input types of its jobs.
    const value = await table[job](input as never)
    return { ok: true, value: structuredClone(value) }
  } catch (error) {
    const explained = explainClone(error, job)
    if (isSwarmvarError(explained)) return failed(explained)
    throw explained
  }
}

export const failed = ({ code, found, expected, where }: SwarmvarError): Outcome => ({ ok: false, code, found, expected, where })

/** The value, or the typed error thrown with the fields it was made with. */
export function unwrap<O>(outcome: Outcome): O {
  if (outcome.ok) return outcome.value as O
  const { code, found, expected, where } = outcome
  throw new SwarmvarError(code, { found, expected, ...(where === undefined ? {} : { where }) })
}

/** What structured clone refuses is the caller's or the job's mistake, not a bug of ours. */
export function explainClone(error: unknown, job: string): unknown {
  if (!(error instanceof Error) || error.name !== 'DataCloneError') return error
  return new SwarmvarError('NOT_PLAIN_DATA', { found: error.message, expected: 'plain data in and out', where: `job ${job}` })
}
