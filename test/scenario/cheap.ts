import { type AgentInput, defineScenario, type Scenario, type ScenarioSpec } from 'swarmvar'
import { childKey, drawStudentT, openStream, rootKey } from 'swarmvar/random'

/** Seeded returns with some tail. */
export function someReturns(count: number, seed = 'returns'): number[] {
  const stream = openStream(childKey(rootKey(seed), 'returns'))
  return Array.from({ length: count }, () => 0.03 + 0.8 * drawStudentT(stream, 5))
}

/** Agents that learn in microseconds. */
export const cheapAgents: readonly AgentInput[] = [
  { id: 'boot', model: { name: 'bayesianBootstrap', options: { window: 100 } } },
  { id: 'fast', model: { name: 'normalInverseGamma', options: { memory: 20 } }, behaviour: { assimilate: { trim: 0 } } },
  { id: 'hist', model: { name: 'historicalSimulation', options: { window: 100 } } },
  { id: 'risk', model: { name: 'ewma' } },
  { id: 'slow', model: { name: 'normalInverseGamma', options: { memory: 80 } }, behaviour: { assimilate: { trim: 0 } } },
]

export const cheapSpec = (changes: Partial<ScenarioSpec> = {}): ScenarioSpec => ({
  name: 'cheap',
  market: { returns: someReturns(200) },
  window: 120,
  days: 60,
  agents: [...cheapAgents],
  network: { links: [{ kind: 'latency', distribution: 'exponential', meanMs: 5 }] },
  rules: [{ name: 'mean' }, { name: 'median' }, { name: 'trimmedMean', f: 1 }],
  ...changes,
})

export const cheapScenario = (changes: Partial<ScenarioSpec> = {}): Scenario => defineScenario(cheapSpec(changes))
