import { availableParallelism } from 'node:os'
import { dirname, resolve } from 'node:path'
import { shellWord } from '../base/index.js'
import { type ScenarioStormInput, type ScenarioStormOutcome, stormJobsModule, type Violation } from '../checks/index.js'
import { cancelOnInterrupt, type Executor, threads } from '../execute/index.js'
import { defineScenario, type Scenario, type ScenarioSpec } from '../scenario/index.js'
import { loadScenario } from './load.js'
import { openProgress } from './progress.js'
import { cutTo } from './run-command.js'

export interface StormFlags {
  readonly seeds: number
  readonly seed?: string
  readonly only?: string
  readonly workers?: number
  readonly days?: number
  readonly json?: boolean
}

/**
 * Runs a scenario under a storm of faults for many seeds, over all cores, and checks every trace. Stops at the first violation,
 * in the order of the seeds, and prints the command that replays it. Whether all held is the answer.
 */
export async function stormCommand(path: string, flags: StormFlags): Promise<boolean> {
  const { scenario } = await loadScenario(path)
  const stormy = inStorm(scenario, flags)
  const base = flags.seed ?? scenario.seed
  const count = flags.only === undefined ? flags.seeds : 1
  const inputAt = (i: number): ScenarioStormInput => {
    const seed = flags.only ?? `${base}/${i}`
    return { scenario: stormy, seed, directory: dirname(resolve(path)), replay: replayOf(path, seed, flags) }
  }
  const executor = threads({ workers: flags.workers ?? Math.min(4, availableParallelism()), jobsModule: stormJobsModule })
  const interruption = cancelOnInterrupt()
  const progress = openProgress(`${scenario.name} storm`, 'seed')
  const startedMs = performance.now()
  const totals = { seeds: 0, days: 0, faults: 0 }
  try {
    for await (const outcome of outcomes(executor, count, inputAt, interruption.signal)) {
      totals.seeds++
      totals.days += outcome.days
      totals.faults += outcome.links + outcome.outages
      progress.update(totals.seeds, count)
      if (flags.json === true) process.stdout.write(`${JSON.stringify(outcome)}\n`)
      if (outcome.violations.length === 0) continue
      progress.clear()
      if (flags.json !== true) process.stdout.write(violationText(outcome))
      return false
    }
  } finally {
    progress.clear()
    interruption.dispose()
    await executor.close()
  }
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  if (flags.json !== true)
    process.stdout.write(
      `${scenario.name}: ${totals.seeds} seeds, ${totals.days} days, ${totals.faults} faults drawn, no violation (${seconds} s)\n`,
    )
  return true
}

/** The scenario with a storm; what it says of one itself stays. */
function inStorm(scenario: Scenario, { days = scenario.days }: StormFlags): Scenario {
  const spec = { ...scenario, ...cutTo(scenario, days) }
  return defineScenario({ ...spec, network: { ...spec.network, storm: spec.network.storm ?? true } } as unknown as ScenarioSpec)
}

const BATCH = 512

/** In batches: the inputs of ten million seeds are many. */
async function* outcomes(
  executor: Executor,
  count: number,
  inputAt: (i: number) => ScenarioStormInput,
  signal: AbortSignal,
): AsyncGenerator<ScenarioStormOutcome> {
  for (let from = 0; from < count; from += BATCH) {
    const inputs = Array.from({ length: Math.min(BATCH, count - from) }, (_, i) => inputAt(from + i))
    yield* executor.map<ScenarioStormInput, ScenarioStormOutcome>('stormScenario', inputs, { signal })
  }
}

const MOST_SHOWN = 10

const replayOf = (path: string, seed: string, { days }: StormFlags): string =>
  `swarmvar storm ${shellWord(path)} --only ${shellWord(seed)}${days === undefined ? '' : ` --days ${days}`}`

function violationText({ seed, violations }: ScenarioStormOutcome): string {
  const line = ({ property, eventIndex, atMs, who, detail }: Violation): string =>
    `  ${property} at ${atMs} ms${eventIndex < 0 ? '' : ` (event ${eventIndex})`}, ${who}: ${detail}\n`
  const shown = violations.slice(0, MOST_SHOWN).map(line).join('')
  const more = violations.length > MOST_SHOWN ? `  and ${violations.length - MOST_SHOWN} more\n` : ''
  return `violated under the seed ${shellWord(seed)}:\n${shown}${more}replay with: ${violations[0].replay}\n`
}
