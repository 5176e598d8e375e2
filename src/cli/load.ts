import { dirname, resolve } from 'node:path'
import { refuse } from '../base/index.js'
import {
  type Conclusion,
  checkConclusions,
  defineScenario,
  loadModule,
  type Scenario,
  type ScenarioSpec,
  type Trace,
} from '../scenario/index.js'

export interface LoadedScenario {
  readonly scenario: Scenario
  /** Where the scenario's relative paths start: its file's folder. */
  readonly directory: string
  /** What the file's own `concludeRun` says of a run. Errors: BAD_CONCLUSION. */
  readonly conclude?: (trace: Trace) => readonly Conclusion[]
}

/** The scenario that a file exports by default, checked again: another copy of the package may have made it. */
export async function loadScenario(path: string): Promise<LoadedScenario> {
  const loaded = await loadModule(path)
  const spec = loaded.default ?? loaded.scenario
  if (typeof spec !== 'object' || spec === null) {
    refuse(
      'BAD_MODULE',
      `exports ${Object.keys(loaded).join(', ') || 'nothing'}`,
      'a default export made by defineScenario({ ... })',
      path,
    )
  }
  return { scenario: defineScenario(spec as ScenarioSpec), directory: dirname(resolve(path)), ...conclusionsOf(loaded, path) }
}

/** The conclusions that a scenario file draws, if it exports `concludeRun`. Errors: BAD_MODULE. */
export function conclusionsOf(file: { readonly [name: string]: unknown }, path: string): Pick<LoadedScenario, 'conclude'> {
  const { concludeRun } = file
  if (concludeRun === undefined) return {}
  if (typeof concludeRun !== 'function')
    refuse('BAD_MODULE', concludeRun, 'a function from a Trace to conclusions', `${path}, concludeRun`)
  return { conclude: trace => checkConclusions(concludeRun(trace), path) }
}
