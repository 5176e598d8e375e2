import { dirname, resolve } from 'node:path'
import { refuse } from '../base/index.js'
import { defineScenario, loadModule, type Scenario, type ScenarioSpec } from '../scenario/index.js'

export interface LoadedScenario {
  readonly scenario: Scenario
  /** Where the scenario's relative paths start: its file's folder. */
  readonly directory: string
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
  return { scenario: defineScenario(spec as ScenarioSpec), directory: dirname(resolve(path)) }
}
