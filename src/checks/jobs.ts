import { extname, resolve } from 'node:path'
import type { JobTable } from '../execute/index.js'
import type { Violation } from './history.js'
import { type StormInput, stormProtocol } from './storm/index.js'
import { stormScenario } from './storm-scenario.js'

/** Many storms: seeds `${prefix}${from}` to `${prefix}${to - 1}`. */
export interface StormsInput extends Omit<StormInput, 'seed'> {
  readonly prefix: string
  readonly from: number
  readonly to: number
}

/** What many storms came to; the violations of the first seeds that had any. */
export interface StormsResult {
  readonly storms: number
  readonly violated: number
  readonly violations: readonly Violation[]
  readonly deliveries: number
}

const violationsMax = 20

async function storms({ prefix, from, to, ...storm }: StormsInput): Promise<StormsResult> {
  const violations: Violation[] = []
  let violated = 0
  let deliveries = 0
  for (let i = from; i < to; i++) {
    const result = await stormProtocol({ ...storm, seed: `${prefix}${i}` })
    deliveries += result.deliveries
    if (result.violations.length > 0) violated++
    for (const each of result.violations) if (violations.length < violationsMax) violations.push(each)
  }
  return { storms: to - from, violated, violations, deliveries }
}

/** Storms as jobs, for any executor. @public: loaded by worker threads */
export const jobs: JobTable = { storms, stormScenario }

/** The path of this module, for executors whose workers load the table themselves. */
export const stormJobsModule: string = resolve(__dirname, `jobs${extname(__filename)}`)
