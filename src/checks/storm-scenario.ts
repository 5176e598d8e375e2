import { inProcess } from '../execute/index.js'
import type { Rule } from '../rules/index.js'
import {
  absolutePaths,
  jobs,
  openRegistry,
  type RunInput,
  ruleLabels,
  run,
  type Scenario,
  stormOfRun,
} from '../scenario/index.js'
import type { Violation } from './history.js'
import { checkTrace } from './trace.js'

/** A scenario under the storm of one seed, checked. */
export interface ScenarioStormInput extends RunInput {
  /** The command that replays it. */
  readonly replay: string
}

export interface ScenarioStormOutcome {
  readonly seed: string
  readonly digest: string
  readonly days: number
  /** How many faults were drawn. */
  readonly links: number
  readonly outages: number
  readonly violations: readonly Violation[]
}

/** Runs the scenario and checks its Trace. Errors: those of `run`. */
export async function stormScenario({ scenario, seed, directory, replay }: ScenarioStormInput): Promise<ScenarioStormOutcome> {
  const { rules } = await openRegistry(absolutePaths(scenario.use, directory))
  const trace = await run(scenario, { seed, directory, executor: inProcess(jobs) })
  const storm = stormOfRun(scenario, seed)
  const violations = checkTrace(trace, { healedDay: healedDayOf(scenario), bound: boundsOf(scenario, rules), replay })
  const { links, outages } = storm
  return { seed, digest: trace.digest, days: trace.days.length, links: links.length, outages: outages.length, violations }
}

/** Kinds of links that lose nothing and take a limited time. */
const isMild = ({ kind, distribution, meanMs, maxMs }: Scenario['network']['links'][number], deadlineMs: number): boolean =>
  kind === 'duplication' ||
  (kind === 'latency' &&
    (distribution === 'constant' ? Number(meanMs) : distribution === 'uniform' ? Number(maxMs) : Number.POSITIVE_INFINITY) <=
      deadlineMs / 4)

/** The first day on which every agent has been trained since the storm was over. */
export function healedDayOf({ network, refitEveryDays }: Scenario): number {
  const { storm, links, outages = [], deadlineMs } = network
  if (outages.length > 0 || !links.every(link => isMild(link, deadlineMs))) return Number.POSITIVE_INFINITY
  if (storm === undefined) return 0
  return Math.ceil(storm.untilDay / refitEveryDays) * refitEveryDays
}

/** The bound of a scenario's rules by their names. */
const boundsOf =
  ({ rules }: Scenario, table: { readonly [name: string]: Rule }) =>
  (label: string, reports: number): number => {
    const spec = rules[ruleLabels(rules).indexOf(label)]
    if (spec === undefined) return 0
    const { name, weights: _, ...params } = spec
    return reports < table[name].needs(params) ? 0 : table[name].bound(reports, params)
  }
