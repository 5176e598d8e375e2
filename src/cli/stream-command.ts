import { availableParallelism } from 'node:os'
import { faultyAgents, scoreSummary } from '../evaluation/index.js'
import { cancelOnInterrupt, threads } from '../execute/index.js'
import { runHeading, type StreamedRun, streamRun, summaryText } from '../report/index.js'
import { jobsModule, openRegistry, type Scenario, type TraceSummary } from '../scenario/index.js'
import { jsonResult } from './json-result.js'
import { openProgress } from './progress.js'

/** How a streamed run was asked for. */
export interface StreamPlan {
  readonly scenario: Scenario
  readonly directory: string
  readonly use: readonly string[]
  readonly folder: string
  readonly force: boolean
  readonly workers: number | undefined
  readonly json: boolean
  readonly command: string
}

/** Runs with the trace going to disk day by day; prints what running sums can say. */
export async function streamCommand(plan: StreamPlan): Promise<void> {
  const startedMs = performance.now()
  const { scenario, folder, use } = plan
  const { attacks } = await openRegistry(use)
  const streamed = await streamWithProgress(plan)
  const seconds = Math.round((performance.now() - startedMs) / 10) / 100
  const { summary, digest, days } = streamed
  const rules = scoreAll(summary)
  if (plan.json) {
    process.stdout.write(`${JSON.stringify(jsonResult(scenario, { seed: summary.seed, digest, days, seconds, rules }))}\n`)
    return
  }
  process.stdout.write(`${runHeading(scenario, summary.seed, streamed)}\n\n`)
  process.stdout.write(summaryText(summary, scenario, faultyAgents(scenario, attacks)))
  process.stdout.write(`${folder}: ${days} days, digest ${digest}, ${seconds} s\n`)
  process.stdout.write(`streamed to disk: no report.html and no control run; replay with: swarmvar verify ${folder}\n`)
}

const scoreAll = ({ rules, days }: TraceSummary) =>
  Object.fromEntries(
    Object.entries(rules).map(([rule, levels]) => [
      rule,
      Object.fromEntries(Object.entries(levels).map(([level, risk]) => [level, scoreSummary(risk, Number(level), days)])),
    ]),
  )

async function streamWithProgress({ scenario, directory, folder, force, workers, command }: StreamPlan): Promise<StreamedRun> {
  const executor = threads({ workers: workers ?? Math.min(4, availableParallelism()), jobsModule })
  const interruption = cancelOnInterrupt()
  const progress = openProgress(scenario.name)
  const stop = (): void => void executor.close()
  const { signal } = interruption
  signal.addEventListener('abort', stop)
  try {
    return await streamRun(scenario, { directory, executor, signal, onDay: progress.update, folder, force, command })
  } finally {
    progress.clear()
    signal.removeEventListener('abort', stop)
    interruption.dispose()
    await executor.close()
  }
}
