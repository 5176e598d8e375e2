import { keyFromWords } from '../base/index.js'
import type { JobTable } from '../execute/index.js'
import { makeModel } from '../models/index.js'
import { openRegistry } from './registry.js'
import type { ModelSpec } from './types.js'

/** A training as plain data: everything a worker needs to make the state that the agent would have made itself. */
export interface TrainInput {
  readonly model: ModelSpec
  /** Absolute paths of the scenario's `use` modules. */
  readonly use: readonly string[]
  readonly history: Float64Array
  readonly words: Uint32Array
}

async function train({ model, use, history, words }: TrainInput): Promise<unknown> {
  const { models } = await openRegistry(use)
  return makeModel(model, models).init(history, keyFromWords(words))
}

/** The jobs that a single run needs. */
export const trainingJobs: JobTable = { train }
