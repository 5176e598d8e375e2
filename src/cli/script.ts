import { dirname, relative } from 'node:path'
import type { Scenario } from '../scenario/index.js'

/** The part of Node's `module` that tells whether a file was started itself. */
interface ScriptModule {
  readonly filename: string | undefined
  readonly exports?: unknown
}

/**
 * Runs a scenario when its file is started as a script (`npx ts-node my-scenario.ts --days 50`), as `swarmvar run` would;
 * does nothing when the file is imported. Call it as `runIfMain(module, scenario)`.
 */
export function runIfMain(module: ScriptModule, scenario: Scenario): void {
  const { filename } = module
  if (filename === undefined || require.main?.filename !== filename) return
  // Loaded only here: a scenario file that is imported needs neither the command line nor the report.
  const { runScript } = require('./program.js') as typeof import('./program.js')
  const { conclusionsOf } = require('./load.js') as typeof import('./load.js')
  const exported = (module.exports ?? {}) as { readonly [name: string]: unknown }
  const load = async () => ({ scenario, directory: dirname(filename), ...conclusionsOf(exported, filename) })
  void runScript(load, process.argv.slice(2), relative('.', filename)).then(code => {
    process.exitCode = code
  })
}
