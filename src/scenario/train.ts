import { isSwarmvarError, keyFromWords, refuse } from '../base/index.js'
import type { JobTable } from '../execute/index.js'
import { makeModel, modelTable, type Portfolio } from '../models/index.js'
import { openRegistry } from './registry.js'
import type { ModelSpec } from './types.js'

/** A training as plain data: everything a worker needs to make the state that the agent would have made itself. */
export interface TrainInput {
  readonly model: ModelSpec
  /** The weights of a market of several assets. */
  readonly portfolio?: Portfolio
  /** Absolute paths of the scenario's `use` modules. */
  readonly use: readonly string[]
  readonly history: Float64Array
  readonly words: Uint32Array
}

async function train({ model, portfolio, use, history, words }: TrainInput): Promise<unknown> {
  const { models } = await openRegistry(use)
  const made = makeModel(model, models, portfolio)
  if (Object.hasOwn(modelTable, model.name)) return made.init(history, keyFromWords(words))
  try {
    return made.init(history, keyFromWords(words))
  } catch (error) {
    // A user's model that throws is not a bug of ours.
    if (isSwarmvarError(error)) throw error
    return refuse('MODEL_FAILED', error instanceof Error ? error.name : 'something thrown', 'a model that trains', model.name)
  }
}

/** The jobs that a single run needs. */
export const trainingJobs: JobTable = { train }
