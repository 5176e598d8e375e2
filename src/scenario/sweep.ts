import { refuse } from '../base/index.js'
import { type Executor, inProcess } from '../execute/index.js'
import { defineScenario } from './define.js'
import { jobs, type SummaryInput } from './jobs.js'
import type { ScenarioSpec } from './schema.js'
import type { TraceSummary } from './summary.js'
import type { Scenario } from './types.js'

/** Named lists of values; a sweep visits every combination, the last name fastest. */
export type Grid = { readonly [name: string]: readonly unknown[] }
export type Point = { readonly [name: string]: unknown }

export interface SweepOptions {
  readonly replications?: number
  readonly seed: string
  readonly executor?: Executor
  /**
   * Points differ in what the grid changes and in nothing else: every point has the same seeds, which the sweep's seed and the
   * replication name alone (common random numbers), and every summary keeps the rules' daily VaR, so that points can be compared day by
   * day. Agents draw from keys of their own, so honest agents say the same at every point that leaves them as they are.
   */
  readonly paired?: boolean
  /** Where relative paths start; by default the current folder. */
  readonly directory?: string
  readonly signal?: AbortSignal
}

export interface SweepResult {
  readonly point: Point
  readonly replication: number
  readonly seed: string
  readonly trace: TraceSummary
}

/**
 * Runs a scenario over a grid. Grid names are paths into the scenario ('window', 'network.quorum', 'agents.<id>.behaviour',
 * 'rules.<name>.f'), or, when `scenario` is a function, whatever it reads from the point. A run's seed depends on the sweep's
 * seed, the design point and the replication alone; of a paired sweep, on the seed and the replication. Results come in the grid's order.
 * Errors: BAD_GRID, and BAD_SCENARIO for a point that makes none, before the first run.
 */
export async function* sweep(
  scenario: Scenario | ((point: Point) => Scenario),
  grid: Grid,
  options: SweepOptions,
): AsyncIterable<SweepResult> {
  if (typeof options?.seed !== 'string') refuse('BAD_SEED', options?.seed, 'a string', 'options.seed')
  const { replications = 1, seed, paired = false, directory = process.cwd() } = options
  if (!(Number.isInteger(replications) && replications >= 1))
    refuse('BAD_GRID', replications, 'a whole number of at least 1', 'replications')
  const design = pointsOf(grid).flatMap(point => {
    const at = typeof scenario === 'function' ? scenario(point) : changed(scenario, point)
    if (typeof at !== 'object' || !Array.isArray(at?.agents))
      refuse('BAD_SCENARIO', at, 'a scenario made by defineScenario', `the scenario at ${JSON.stringify(point)}`)
    return Array.from({ length: replications }, (_, replication) => ({
      point,
      replication,
      scenario: at,
      seed: paired ? `${seed}/${replication}` : `${seed}/${JSON.stringify(point)}/${replication}`,
    }))
  })
  const inputs = design.map(
    (cell): SummaryInput => ({ scenario: cell.scenario, seed: cell.seed, directory, withDailyVar: paired }),
  )
  const executor = options.executor ?? inProcess(jobs)
  let i = 0
  for await (const trace of executor.map<SummaryInput, TraceSummary>(
    'summarise',
    inputs,
    options.signal === undefined ? {} : { signal: options.signal },
  )) {
    const cell = design[i++]
    yield { point: cell.point, replication: cell.replication, seed: cell.seed, trace }
  }
}

/** Every combination of a grid's values. */
export function pointsOf(grid: Grid): Point[] {
  if (typeof grid !== 'object' || grid === null || Array.isArray(grid)) refuse('BAD_GRID', grid, 'an object of lists', 'grid')
  let points: Point[] = [{}]
  for (const [name, values] of Object.entries(grid)) {
    if (!Array.isArray(values) || values.length === 0) refuse('BAD_GRID', values, 'a list of at least one value', `grid.${name}`)
    points = points.flatMap(point => values.map(value => ({ ...point, [name]: value })))
  }
  return points
}

/** The scenario with the values of a point put in at their paths. */
function changed(scenario: Scenario, point: Point): Scenario {
  const spec = JSON.parse(JSON.stringify(scenario)) as { [name: string]: unknown }
  for (const [path, value] of Object.entries(point)) put(spec, path.split('.'), value, path)
  return defineScenario(spec as unknown as ScenarioSpec)
}

function put(target: { [name: string]: unknown }, steps: readonly string[], value: unknown, path: string): void {
  const [step, ...rest] = steps
  if (step === '__proto__' || (rest.length > 0 && !Object.hasOwn(target, step)))
    refuse('BAD_GRID', `nothing at '${step}'`, 'a path into the scenario', `grid.${path}`)
  if (rest.length === 0) {
    target[step] = value
    return
  }
  const next = Array.isArray(target[step])
    ? (target[step] as { [name: string]: unknown }[]).find(item => (item.id ?? item.name ?? item.kind) === rest[0])
    : (target[step] as { [name: string]: unknown } | undefined)
  const isList = Array.isArray(target[step])
  if (next === undefined || typeof next !== 'object')
    refuse('BAD_GRID', `nothing at '${step}'`, 'a path into the scenario', `grid.${path}`)
  if (isList && rest.length === 1) refuse('BAD_GRID', path, 'a path to a field', `grid.${path}`)
  put(next, isList ? rest.slice(1) : rest, value, path)
}
