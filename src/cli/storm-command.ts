import { availableParallelism } from 'node:os'
import { dirname, resolve } from 'node:path'
import { type ScenarioStormInput, type ScenarioStormOutcome, stormJobsModule, type Violation } from '../checks/index.js'
import { cancelOnInterrupt, threads } from '../execute/index.js'
import { defineScenario, type Scenario, type ScenarioSpec } from '../scenario/index.js'
import { loadScenario } from './load.js'
import { openProgress } from './progress.js'

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
  const seeds = flags.only === undefined ? Array.from({ length: flags.seeds }, (_, i) => `${base}/${i}`) : [flags.only]
  const inputs = seeds.map(
    (seed): ScenarioStormInput => ({
      scenario: stormy,
      seed,
      directory: dirname(resolve(path)),
      replay: replayOf(path, seed, flags),
    }),
  )
  const executor = threads({ workers: flags.workers ?? Math.min(4, availableParallelism()), jobsModule: stormJobsModule })
  const interruption = cancelOnInterrupt()
  const progress = openProgress(`${scenario.name} storm`, 'seed')
  const startedMs = performance.now()
  const totals = { seeds: 0, days: 0, faults: 0 }
  try {
    for await (const outcome of executor.map<ScenarioStormInput, ScenarioStormOutcome>('stormScenario', inputs, {
      signal: interruption.signal,
    })) {
      totals.seeds++
      totals.days += outcome.days
      totals.faults += outcome.links + outcome.outages
      progress.update(totals.seeds, seeds.length)
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
  const { storm, ...network } = scenario.network
  return defineScenario({ ...scenario, days, network: { ...network, storm: storm ?? true } } as unknown as ScenarioSpec)
}

const MOST_SHOWN = 10

const replayOf = (path: string, seed: string, { days }: StormFlags): string =>
  `swarmvar storm ${path} --only '${seed}'${days === undefined ? '' : ` --days ${days}`}`

function violationText({ seed, violations }: ScenarioStormOutcome): string {
  const line = ({ property, eventIndex, atMs, who, detail }: Violation): string =>
    `  ${property} at ${atMs} ms${eventIndex < 0 ? '' : ` (event ${eventIndex})`}, ${who}: ${detail}\n`
  const shown = violations.slice(0, MOST_SHOWN).map(line).join('')
  const more = violations.length > MOST_SHOWN ? `  and ${violations.length - MOST_SHOWN} more\n` : ''
  return `violated under the seed '${seed}':\n${shown}${more}replay with: ${violations[0].replay}\n`
}
