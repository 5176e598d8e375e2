import { availableParallelism } from 'node:os'
import { dirname, resolve } from 'node:path'
import { refuse } from '../base/index.js'
import { cancelOnInterrupt, threads } from '../execute/index.js'
import { fixed, type Table, tableOf, textTable } from '../report/index.js'
import {
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
  readonly json?: boolean
}

/** What a scenario file may export for sweeps: the grid, the scenario at a point of it, and what follows from the results. */
interface SweepModule {
  readonly grid?: Grid
  readonly at?: (point: Point) => Scenario
  readonly conclude?: (results: readonly SweepResult[]) => readonly string[]
}

/** Runs a scenario file over its grid (or the one given) and prints one row a run: every rule's mean pinball loss by level. */
export async function sweepCommand(path: string, flags: SweepFlags): Promise<void> {
  const { scenario } = await loadScenario(path)
  const { grid: own, at, conclude } = (await loadModule(path)) as SweepModule
  const grid = flags.grid === undefined ? own : parseGrid(flags.grid)
  if (grid === undefined)
    refuse('BAD_GRID', 'no grid', 'an export `grid` in the scenario file, or --grid \'{"window": [500, 1000]}\'', path)
  const executor = threads({ workers: flags.workers ?? Math.min(4, availableParallelism()), jobsModule })
  const interruption = cancelOnInterrupt()
  const total = pointsOf(grid).length * flags.replications
  const progress = openProgress(`${scenario.name} sweep`, 'run')
  const results: SweepResult[] = []
  try {
    const options = {
      seed: flags.seed ?? scenario.seed,
      replications: flags.replications,
      executor,
      directory: dirname(resolve(path)),
      signal: interruption.signal,
    }
    for await (const result of sweep(at ?? scenario, grid, options)) {
      results.push(result)
      progress.update(results.length, total)
      if (flags.json === true) process.stdout.write(`${JSON.stringify(result)}\n`)
    }
  } finally {
    progress.clear()
    interruption.dispose()
    await executor.close()
  }
  if (flags.json === true) return
  for (const level of scenario.riskLevels) process.stdout.write(`${textTable(sweepTable(results, String(level)), 100)}\n`)
  for (const line of conclude?.(results) ?? []) process.stdout.write(`${line}\n`)
}

function parseGrid(text: string): Grid {
  try {
    return JSON.parse(text) as Grid
  } catch {
    return refuse('BAD_GRID', text, 'JSON like {"window": [500, 1000]}', '--grid')
  }
}

function sweepTable(results: readonly SweepResult[], level: string): Table {
  const names = Object.keys(results[0].point)
  const rules = Object.keys(results[0].trace.rules)
  const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
  return tableOf<SweepResult>(
    `Mean pinball loss at ${level}`,
    [
      ...names.map(name => ({ title: name, align: 'left' as const, text: ({ point }: SweepResult) => shown(point[name]) })),
      { title: 'replication', align: 'right' as const, text: ({ replication }: SweepResult) => String(replication) },
      ...rules.map(rule => ({
        title: rule,
        align: 'right' as const,
        text: ({ trace }: SweepResult) => fixed(trace.rules[rule]?.[level]?.pinball ?? null, 4),
      })),
      { title: 'digest', align: 'left' as const, text: ({ trace }: SweepResult) => trace.digest.slice(0, 12) },
    ],
    results,
  )
}
