import type { AgentInput } from 'swarmvar'

/** Greta weighs the past year and a half: a Bayesian bootstrap of 375 returns. */
export const greta: AgentInput = {
  id: 'greta',
  model: { name: 'bayesianBootstrap', options: { window: 375 } },
}
