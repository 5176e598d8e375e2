import { workerData } from 'node:worker_threads'
import { refuse, SwarmvarError } from '../base/index.js'
import type { JobTable } from './executor.js'
import { failed, type Outcome, perform } from './outcome.js'

export interface WorkerSetup {
  readonly jobsModule: string
}

export interface WorkerTask {
  readonly job: string
  readonly input: unknown
}

let table: JobTable | undefined

/** What a thread runs for each task. The module of jobs is loaded by the first one, so that a bad module is that task's error. */
export default async function runTask({ job, input }: WorkerTask): Promise<Outcome> {
  try {
    table ??= loadJobs((workerData as WorkerSetup).jobsModule)
  } catch (error) {
    if (error instanceof SwarmvarError) return failed(error)
    throw error
  }
  return perform(table, job, input)
}

function loadJobs(jobsModule: string): JobTable {
  let loaded: { readonly jobs?: unknown }
  try {
    loaded = require(jobsModule)
  } catch (error) {
    refuse('BAD_JOBS_MODULE', error instanceof Error ? error.message : error, 'a module that loads', jobsModule)
  }
  const { jobs } = loaded
  if (typeof jobs !== 'object' || jobs === null)
    refuse('BAD_JOBS_MODULE', jobs, 'an export named jobs, a table of functions', jobsModule)
  return jobs as JobTable
}
