import { availableParallelism } from 'node:os'
import { relative, resolve } from 'node:path'
import { refuse } from '../base/index.js'
import { compareEvaluations, type Evaluation, evaluate, faultyAgents } from '../evaluation/index.js'
import { cancelOnInterrupt, type Executor, threads } from '../execute/index.js'
import {
  checkFolder,
  checkModules,
  conclusionsText,
  evaluationText,
  htmlReport,
  makeManifest,
  runFolder,
  runHeading,
  saveRun,
} from '../report/index.js'
import {
  absolutePaths,
  type Conclusion,
  defineScenario,
  jobsModule,
  openRegistry,
  type RunInput,
  run,
  type Scenario,
  type ScenarioSpec,
  type Trace,
} from '../scenario/index.js'
import { jsonResult } from './json-result.js'
import type { LoadedScenario } from './load.js'
import { openProgress } from './progress.js'
import { streamCommand } from './stream-command.js'

export interface RunFlags {
  readonly seed?: string
  readonly data?: string
  readonly date?: string
  readonly column?: string
  readonly days?: number
  readonly workers?: number
  readonly out?: string
  readonly force?: boolean
  readonly json?: boolean
  readonly stream?: boolean
  readonly control: boolean
}

/** Worker threads by default: one a core, four at most. */
const defaultWorkers = (): number => Math.min(4, availableParallelism())

/** The scenario with the flags' market, days and seed. */
export function withFlags({ scenario, ...rest }: LoadedScenario, flags: RunFlags): LoadedScenario {
  const market =
    flags.data === undefined
      ? undefined
      : { csv: resolve(flags.data), date: flags.date ?? 'date', close: flags.column ?? 'close' }
  if (market === undefined && (flags.date !== undefined || flags.column !== undefined))
    refuse('BAD_USAGE', '--date or --column without --data', '--data FILE beside them')
  const spec = {
    ...scenario,
    ...(market === undefined ? {} : { market }),
    ...(flags.days === undefined ? {} : cutTo(scenario, flags.days)),
    ...(flags.seed === undefined ? {} : { seed: flags.seed }),
  }
  return { scenario: defineScenario(spec as ScenarioSpec), ...rest }
}

/** A scenario's fields for another number of days: a storm is over by the last one. */
export function cutTo({ network }: Scenario, days: number): Partial<Scenario> {
  const { storm } = network
  if (storm === undefined || storm.untilDay <= days) return { days }
  return { days, network: { ...network, storm: { ...storm, untilDay: days } } }
}

/** Runs, prints, saves. */
export async function runCommand(loaded: LoadedScenario, flags: RunFlags, command: string): Promise<void> {
  const startedMs = performance.now()
  const { scenario, directory, conclude } = withFlags(loaded, flags)
  const folder = flags.out ?? runFolder(scenario.name, scenario.seed)
  const force = flags.force === true
  const use = absolutePaths(scenario.use, directory)
  checkFolder(folder, force)
  checkModules(use)
  if (flags.stream === true && conclude !== undefined)
    process.stderr.write('swarmvar: no conclusions: the file draws them from the whole Trace, which --stream does not keep\n')
  if (flags.stream === true)
    return streamCommand({ scenario, directory, use, folder, force, workers: flags.workers, json: flags.json === true, command })
  const { trace, control } = await runWithControl(scenario, directory, flags)
  const { rules, attacks } = await openRegistry(use)
  const scored = (run: Trace): Evaluation => evaluate(run, faultyAgents(run.scenario, attacks), rules)
  const evaluation = scored(trace)
  const controlled = control === null ? undefined : scored(control)
  const comparison = controlled === undefined ? undefined : compareEvaluations(evaluation, controlled)
  const { conclusions, failure } = concluded(conclude, trace)
  const manifest = makeManifest(trace, trace.events.length, use, command)
  const html = await htmlReport({
    trace,
    evaluation,
    ...(conclusions === undefined ? {} : { conclusions }),
    manifest,
    replayCommand: `swarmvar verify ${folder}`,
    ...(controlled === undefined || comparison === undefined ? {} : { control: { evaluation: controlled, comparison } }),
  })
  saveRun(folder, trace, manifest, use, html, force)
  const seconds = Math.round((performance.now() - startedMs) / 10) / 100
  if (flags.json === true) {
    const rules = Object.fromEntries(Object.entries(evaluation.rules).map(([rule, { levels }]) => [rule, levels]))
    const { seed, digest, days } = evaluation
    process.stdout.write(
      `${JSON.stringify(jsonResult(scenario, { seed, digest, days, seconds, rules, ...(conclusions === undefined ? {} : { conclusions }) }))}\n`,
    )
  } else {
    process.stdout.write(`${runHeading(scenario, trace.seed, evaluation)}\n\n`)
    process.stdout.write(evaluationText(evaluation, comparison))
    if (conclusions !== undefined) process.stdout.write(`\n${conclusionsText(conclusions)}`)
    process.stdout.write(`\n${folder}: ${trace.days.length} days, digest ${trace.digest}, ${seconds} s\n`)
    process.stdout.write(`look at ${relative('.', resolve(folder, 'report.html'))}, replay with: swarmvar verify ${folder}\n`)
  }
  if (failure !== undefined) throw failure
}

/** What the file concludes; a failure of its own waits until the run is saved. */
function concluded(
  conclude: LoadedScenario['conclude'],
  trace: Trace,
): { readonly conclusions?: readonly Conclusion[]; readonly failure?: unknown } {
  if (conclude === undefined) return {}
  try {
    return { conclusions: conclude(trace) }
  } catch (failure) {
    return { failure }
  }
}

/** The run, and beside it the same ensemble without sharing when anybody shares. */
async function runWithControl(
  scenario: Scenario,
  directory: string,
  flags: RunFlags,
): Promise<{ trace: Trace; control: Trace | null }> {
  const executor = threads({ workers: flags.workers ?? defaultWorkers(), jobsModule })
  const interruption = cancelOnInterrupt()
  const progress = openProgress(scenario.name)
  const stop = (): void => void executor.close()
  interruption.signal.addEventListener('abort', stop)
  try {
    const control =
      flags.control &&
      scenario.agents.some(({ behaviour: { assimilate, learnPrior } }) => (assimilate ?? learnPrior) !== undefined)
        ? controlRun(scenario, directory, executor)
        : null
    control?.catch(() => undefined)
    const trace = await run(scenario, { directory, executor, signal: interruption.signal, onDay: progress.update })
    return { trace, control: control === null ? null : await control }
  } finally {
    progress.clear()
    interruption.signal.removeEventListener('abort', stop)
    interruption.dispose()
    await executor.close()
  }
}

async function controlRun(scenario: Scenario, directory: string, executor: Executor): Promise<Trace> {
  const agents = scenario.agents.map(({ behaviour: { assimilate: _, learnPrior: _learned, ...behaviour }, ...agent }) => ({
    ...agent,
    behaviour,
  }))
  const input: RunInput = { scenario: defineScenario({ ...scenario, agents } as ScenarioSpec), seed: scenario.seed, directory }
  for await (const trace of executor.map<RunInput, Trace>('run', [input])) return trace
  return refuse('CANCELLED', 'no control run', 'to run to the end')
}
