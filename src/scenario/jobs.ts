import { extname, resolve } from 'node:path'
import { inProcess, type JobTable } from '../execute/index.js'
import { run, runInto } from './run.js'
import { summarySink, type TraceSummary } from './summary.js'
import type { Trace } from './trace.js'
import { trainingJobs } from './train.js'
import type { Scenario } from './types.js'

/** A whole run as plain data. */
export interface RunInput {
  readonly scenario: Scenario
  readonly seed: string
  /** Where the scenario's relative paths start. */
  readonly directory: string
}

/** A whole run as one job, its trainings in the same thread. */
const runWhole = ({ scenario, seed, directory }: RunInput): Promise<Trace> =>
  run(scenario, { seed, directory, executor: inProcess(trainingJobs) })

/** A run of a sweep. */
export interface SummaryInput extends RunInput {
  readonly withDailyVar: boolean
}

/** The summary of a run that keeps running sums in place of its Trace. */
async function summarise({ scenario, seed, directory, withDailyVar }: SummaryInput): Promise<TraceSummary> {
  const options = { seed, directory, executor: inProcess(trainingJobs) }
  const { digest, sink } = await runInto(scenario, options, facts => summarySink(facts, withDailyVar))
  return sink.summary(digest)
}

/** The table of jobs that every executor knows. */
export const jobs: JobTable = { ...trainingJobs, run: runWhole, summarise }

/** The path of this module, for executors whose workers load the table themselves. */
export const jobsModule: string = resolve(__dirname, `jobs${extname(__filename)}`)
