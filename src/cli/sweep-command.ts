import { availableParallelism } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { refuse } from '../base/index.js'
import { cancelOnInterrupt, threads } from '../execute/index.js'
import { checkSweepFolder, type HeatMap, saveSweep, sweepManifest, sweepTextTables, textTable } from '../report/index.js'
import {
  absolutePaths,
  type Grid,
  jobsModule,
  loadModule,
  type Point,
  pointsOf,
  type Scenario,
  type SweepResult,
  sweep,
} from '../scenario/index.js'
import { loadScenario } from './load.js'
import { openProgress } from './progress.js'

export interface SweepFlags {
  readonly grid?: string
  readonly replications: number
  readonly seed?: string
  readonly workers?: number
  readonly paired?: boolean
  readonly out?: string
  readonly force?: boolean
  readonly json?: boolean
}

/**
 * What a scenario file may export for sweeps: the grid, the scenario at a point of it, whether points are run with the same seeds,
 * what follows from the results in sentences, and heat maps of them for the report.
 */
interface SweepModule {
  readonly grid?: Grid
  readonly at?: (point: Point) => Scenario
  readonly paired?: boolean
  readonly conclude?: (results: readonly SweepResult[]) => readonly string[]
  readonly heatMaps?: (results: readonly SweepResult[]) => readonly HeatMap[]
}

/** Runs a scenario file over its grid (or the one given), prints every rule's mean pinball loss by level, and saves a report if asked. */
export async function sweepCommand(path: string, flags: SweepFlags, command: string): Promise<void> {
  const { scenario, directory } = await loadScenario(path)
  const own = (await loadModule(path)) as SweepModule
  const grid = flags.grid === undefined ? own.grid : parseGrid(flags.grid)
  if (grid === undefined)
    refuse('BAD_GRID', 'no grid', 'an export `grid` in the scenario file, or --grid \'{"window": [500, 1000]}\'', path)
  const { out, replications } = flags
  const force = flags.force === true
  if (out !== undefined) checkSweepFolder(out, force)
  const seed = flags.seed ?? scenario.seed
  const paired = flags.paired ?? own.paired ?? false
  const results = await collect({ scenario, grid, path, flags, own, seed, paired })
  // The file's functions know the names of its own grid, whatever their values.
  const isOwn =
    Object.keys(grid).sort().join() ===
    Object.keys(own.grid ?? {})
      .sort()
      .join()
  const conclusions = isOwn ? (own.conclude?.(results) ?? []) : []
  if (out !== undefined) {
    const use = absolutePaths(scenario.use, directory)
    const manifest = sweepManifest(
      { scenario: scenario.name, seed, grid, replications, paired, command, file: path, use },
      results,
    )
    const heatMaps = isOwn ? (own.heatMaps?.(results) ?? []) : []
    await saveSweep(out, { scenario, results, conclusions, heatMaps, manifest, command }, force)
  }
  if (flags.json === true) return
  for (const level of scenario.riskLevels)
    for (const table of sweepTextTables(results, String(level))) process.stdout.write(`${textTable(table, 100)}\n`)
  for (const line of conclusions) process.stdout.write(`${line}\n`)
  if (out !== undefined) process.stdout.write(`look at ${join(out, 'report.html')}\n`)
}

interface Task {
  readonly scenario: Scenario
  readonly grid: Grid
  readonly path: string
  readonly flags: SweepFlags
  readonly own: SweepModule
  readonly seed: string
  readonly paired: boolean
}

async function collect({ scenario, grid, path, flags, own, seed, paired }: Task): Promise<SweepResult[]> {
  const executor = threads({ workers: flags.workers ?? Math.min(4, availableParallelism()), jobsModule })
  const interruption = cancelOnInterrupt()
  const { replications } = flags
  const total = pointsOf(grid).length * replications
  const progress = openProgress(`${scenario.name} sweep`, 'run')
  const results: SweepResult[] = []
  try {
    const options = { seed, replications, paired, executor, directory: dirname(resolve(path)), signal: interruption.signal }
    for await (const result of sweep(own.at ?? scenario, grid, options)) {
      results.push(result)
      progress.update(results.length, total)
      if (flags.json === true) process.stdout.write(`${JSON.stringify(result)}\n`)
    }
  } finally {
    progress.clear()
    interruption.dispose()
    await executor.close()
  }
  return results
}

function parseGrid(text: string): Grid {
  try {
    return JSON.parse(text) as Grid
  } catch {
    return refuse('BAD_GRID', text, 'JSON like {"window": [500, 1000]}', '--grid')
  }
}
