import { assert } from '../base/index.js'
import { ruleTable } from '../rules/index.js'
import type { RiskSeries, Trace } from '../scenario/trace.js'
import type { AgentSpec, RuleSpec } from '../scenario/types.js'
import { compareLosses } from './against-mean.js'
import { calibrate } from './calibration.js'
import { faultyAgents, type RuleTable, toleranceOf } from './faults.js'
import { countIntakes, countNotes } from './notes.js'
import { type DailyLosses, dailyLosses, scoreLevel } from './score.js'
import type { AgentEvaluation, Evaluation, FaultyAgent, LevelScore, RuleEvaluation, RuleLevelScore } from './types.js'

/**
 * A Trace's risk tables. `faults` says who is faulty where that is not the scenario's list of attackers (a link that
 * garbles one sender); `rules` holds the rules of the scenario's `use` as well, else no bound is known for them.
 */
export function evaluate(
  trace: Trace,
  faults: readonly FaultyAgent[] = faultyAgents(trace.scenario),
  rules: RuleTable = ruleTable,
): Evaluation {
  const { scenario, days } = trace
  const deciders = decidersOf(scenario)
  const labels = Object.keys(trace.ensemble)
  const isOf = (label: string | undefined, name: string): boolean => label === name || label?.startsWith(`${name}#`) === true
  assert(
    labels.length === deciders.length && deciders.every(({ name }, i) => isOf(labels[i], name)),
    'the rules of the trace are those of its scenario, in its order',
  )
  return {
    scenario: scenario.name,
    seed: trace.seed,
    digest: trace.digest,
    days: days.length,
    firstDay: days[0] ?? '',
    lastDay: days[days.length - 1] ?? '',
    levels: levelsOf(trace),
    rules: Object.fromEntries(labels.map((label, i) => [label, evaluateRule(trace, label, deciders[i], faults, rules)])),
    agents: Object.fromEntries(scenario.agents.map(agent => [agent.id, evaluateAgent(trace, agent, faults)])),
    faulty: [...faults],
    notes: countNotes(trace.notes),
    assimilations: countIntakes(trace.notes, 'assimilated', faults),
    priorsLearned: countIntakes(trace.notes, 'prior-learned', faults),
    priorLearners: scenario.agents.filter(({ behaviour }) => behaviour.learnPrior !== undefined).map(({ id }) => id),
  }
}

const levelsOf = ({ scenario }: Trace): number[] => [...scenario.riskLevels].sort((a, b) => a - b)

const byLevel = <Score>(trace: Trace, score: (level: number) => Score): { [level: string]: Score } =>
  Object.fromEntries(levelsOf(trace).map(level => [String(level), score(level)]))

const lossesOf = (trace: Trace, series: RiskSeries, level: number): DailyLosses => dailyLosses(trace.returns, series, level)

const scoreOf = (trace: Trace, series: RiskSeries, level: number): LevelScore =>
  scoreLevel(trace.returns, series, level, lossesOf(trace, series, level))

const evaluateAgent = (trace: Trace, { id, model }: AgentSpec, faults: readonly FaultyAgent[]): AgentEvaluation => ({
  model: model.name,
  fault: faults.find(({ agent }) => agent === id) ?? null,
  levels: byLevel(trace, level => scoreOf(trace, trace.agents[id][String(level)], level)),
  calibration: calibrate(trace.returns, trace.grid.levels, trace.grid.agents[id]),
})

/** The rules of a scenario, or the agreement in their place. */
const decidersOf = ({ rules, decision }: Trace['scenario']): readonly RuleSpec[] => {
  if (decision === undefined) return rules
  const { kind, ...parameters } = decision
  return [{ name: kind, ...parameters }]
}

function evaluateRule(
  trace: Trace,
  label: string,
  spec: RuleSpec,
  faults: readonly FaultyAgent[],
  rules: RuleTable,
): RuleEvaluation {
  const { name, ...parameters } = spec
  return {
    name,
    parameters,
    levels: byLevel(trace, level => scoreRule(trace, level, label)),
    calibration: calibrate(trace.returns, trace.grid.levels, trace.grid.rules[label]),
    tolerance: toleranceOf(trace, spec, faults, rules),
  }
}

function scoreRule(trace: Trace, level: number, label: string): RuleLevelScore {
  const series = trace.ensemble[label][String(level)]
  const losses = lossesOf(trace, series, level)
  const score = scoreLevel(trace.returns, series, level, losses)
  const mean = label === 'mean' ? undefined : trace.ensemble.mean?.[String(level)]
  if (mean === undefined) return { ...score, pinballAgainstMean: null, fz0AgainstMean: null }
  const reference = lossesOf(trace, mean, level)
  const isFz0Defined = score.nonPositiveEsDays === 0 && !mean.es.some(es => es <= 0)
  return {
    ...score,
    pinballAgainstMean: compareLosses(losses.pinball, reference.pinball),
    fz0AgainstMean: isFz0Defined ? compareLosses(losses.fz0, reference.fz0) : null,
  }
}
