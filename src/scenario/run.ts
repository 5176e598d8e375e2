import { assert, childKey, refuse, rootKey, SwarmvarError } from '../base/index.js'
import { type Executor, inProcess } from '../execute/index.js'
import { createWorld, type Id, type Tap, type World } from '../network/index.js'
import { ADVERSARY, type Body, COORDINATOR } from '../swarm/index.js'
import { AGREEMENT } from './agreement.js'
import type { AssetData } from './assets.js'
import { DAY_MS } from './define.js'
import { type RollingDigest, rollingDigest } from './digest.js'
import { type MarketData, openMarket } from './market.js'
import { memorySink } from './memory.js'
import { fileDigest } from './modules.js'
import { nodesOf, puppetsIn } from './nodes.js'
import { planRun, type RunPlan, withCoordinator } from './plan.js'
import { type Recording, traceRecorder } from './recorder.js'
import { absolutePaths, openRegistry } from './registry.js'
import type { RunFacts, TraceSink } from './sink.js'
import type { Trace } from './trace.js'
import { trainingJobs } from './train.js'
import type { Scenario } from './types.js'

export interface RunOptions {
  /** Any string; by default the scenario's own. */
  readonly seed?: string
  /** Where trainings run; by default in this thread. The answer never depends on it. */
  readonly executor?: Executor
  /** Where the scenario's relative paths start; by default the current folder. */
  readonly directory?: string
  /** Called after each forecast day. */
  readonly onDay?: (done: number, total: number) => void
  /** Aborting stops the run between two days with CANCELLED. */
  readonly signal?: AbortSignal
  /** Observers of every delivery and note; they get copies and never change the run. */
  readonly taps?: readonly Tap<Body>[]
}

/**
 * Runs a scenario: the one entry. The Trace is a pure function of (scenario, seed).
 * Errors: everything that the scenario's names and parameters, its data or its `use` modules can have wrong, as typed
 * errors before the first day; a first training that fails; CANCELLED.
 */
export async function run(scenario: Scenario, options: RunOptions = {}): Promise<Trace> {
  const { facts, digest, sink } = await runInto(scenario, options, memorySink)
  const { seed, dataDigest, data, days, returns } = facts
  const { ensemble, agents, grid, notes, events } = sink
  return { scenario, seed, digest, dataDigest, data, days, returns, ensemble, agents, grid, notes, events }
}

/** A run that has ended, without what its sink has made of it. */
export interface FinishedRun<Sink> {
  readonly facts: RunFacts
  /** Hex SHA-256 over everything seeded. */
  readonly digest: string
  /** Number of events. */
  readonly events: number
  readonly sink: Sink
}

/** The same run with its record going into a sink, which is opened before the first day. The digest never depends on the sink. */
export async function runInto<Sink extends TraceSink>(
  scenario: Scenario,
  options: RunOptions,
  openSink: (facts: RunFacts) => Sink | Promise<Sink>,
): Promise<FinishedRun<Sink>> {
  checkArguments(scenario, options)
  const { seed = scenario.seed, directory = process.cwd() } = options
  const key = childKey(rootKey(seed), 'run')
  const use = absolutePaths(scenario.use, directory)
  const plan = planRun(scenario, await openRegistry(use), key)
  const market = openMarket(scenario.market, scenario.window + scenario.days, directory, childKey(key, 'market'))
  const digest = openDigest(scenario, seed, market, use)
  const facts = factsOf(scenario, seed, plan, market)
  const sink = await openSink(facts)
  const { recorder, recording } = traceRecorder(facts, digest, sink)
  const executor = options.executor ?? inProcess(trainingJobs)
  const world = createWorld<Body>({
    nodes: nodesOf(scenario, plan, use, key),
    neighbours: plan.agreement === undefined ? withCoordinator(plan.neighbours, COORDINATOR) : plan.neighbours,
    links: plan.links,
    outages: plan.outages,
    key: childKey(key, 'network'),
    executor,
    subscriptions: { [plan.agreement === undefined ? 'decision' : AGREEMENT]: scenario.agents.map(({ id }) => id) },
    ...(plan.coalitions.length === 0 ? {} : { adversary: { id: ADVERSARY, corrupts: puppetsIn(plan) } }),
    recorder,
  })
  for (const tap of options.taps ?? []) world.tap(tap)
  try {
    await runDays(world, plan, scenario, market, recording, options)
  } finally {
    if (options.executor === undefined) await executor.close()
  }
  return { facts, digest: digest.value(), events: recording.events(), sink }
}

const factsOf = (scenario: Scenario, seed: string, { rules, levels, agreement }: RunPlan, market: MarketData): RunFacts => ({
  scenario,
  seed,
  dataDigest: market.digest,
  data: dataOf(market),
  days: market.labels.slice(scenario.window),
  returns: market.returns.slice(scenario.window),
  agents: scenario.agents.map(({ id }) => id),
  rules: agreement === undefined ? rules.map(({ label }) => label) : [AGREEMENT],
  levels: levels.levels,
})

const dataOf = ({ labels, returns, prices, assets }: MarketData): Trace['data'] => ({
  labels,
  returns,
  ...(prices === undefined ? {} : { prices }),
  ...(assets === undefined ? {} : { assets }),
})

function checkArguments(scenario: unknown, options: unknown): void {
  // Not `Object.isFrozen`: a scenario that came from another thread is a copy.
  const { agents, rules, network } = (scenario ?? {}) as Partial<Scenario>
  const isScenario = Array.isArray(agents) && Array.isArray(rules) && typeof network?.quorum === 'number'
  if (!isScenario) refuse('BAD_SCENARIO', scenario, 'a scenario made by defineScenario', 'scenario')
  if (typeof options !== 'object' || options === null) refuse('BAD_OPTIONS', options, 'an object', 'options')
  const { executor, taps } = options as RunOptions
  if (executor !== undefined && typeof executor?.map !== 'function')
    refuse('BAD_OPTIONS', executor, 'an Executor', 'options.executor')
  if (taps !== undefined && !Array.isArray(taps)) refuse('BAD_OPTIONS', taps, 'a list of functions', 'options.taps')
}

/** What the digest starts from: the seed, the scenario without its paths, the data and the modules by their contents. */
function openDigest(scenario: Scenario, seed: string, market: MarketData, use: readonly string[]): RollingDigest {
  const digest = rollingDigest()
  const { market: _market, use: _use, seed: _seed, ...rest } = scenario
  digest.add({ seed, scenario: rest, data: market.digest, use: use.map(fileDigest) })
  return digest
}

/**
 * Day by day: at its opening every node hears the returns up to the day before, those it has missed while it was down
 * included, and nothing later is in the world.
 */
async function runDays(
  world: World<Body>,
  { coalitions, agreement, outages }: RunPlan,
  { window, days, agents }: Scenario,
  { returns, assets }: MarketData,
  recording: Recording,
  { onDay, signal }: RunOptions,
): Promise<void> {
  // The adversary first: it knows the day before anybody speaks.
  const leaders = [...(coalitions.length > 0 ? [ADVERSARY] : []), ...(agreement === undefined ? [COORDINATOR] : [])]
  const ids = [...leaders, ...agents.map(({ id }) => id)]
  const told = new Map<Id, number>()
  for (let day = 0; day < days; day++) {
    if (signal?.aborted) refuse('CANCELLED', `an interrupt on day ${day + 1} of ${days}`, 'to run to the end')
    const to = window + day
    for (const id of ids) {
      if (outages.some(outage => outage.id === id && outage.fromMs <= day * DAY_MS && day * DAY_MS < outage.toMs)) continue
      const from = told.get(id) ?? 0
      const known = { returns: returns.slice(from, to), ...(assets === undefined ? {} : { rows: rowsBetween(assets, from, to) }) }
      world.signal(day * DAY_MS, id, 'day', { kind: 'day', day, ...known })
      told.set(id, to)
    }
    await world.run((day + 1) * DAY_MS - 1)
    assert(recording.crash() === undefined, `the coordinator crashed: ${recording.crash()}`)
    const failure = recording.failure()
    if (failure !== undefined)
      throw new SwarmvarError(failure.code, {
        found: failure.message,
        expected: 'a first training that succeeds',
        where: `agent ${failure.agent}`,
      })
    await recording.dayEnded(day)
    onDay?.(day + 1, days)
  }
}

const rowsBetween = ({ rows, weights }: AssetData, from: number, to: number): Float64Array =>
  rows.slice(from * weights.length, to * weights.length)
