import type { AgentInput } from 'swarmvar'

/** Felix filters history: residuals of a Bayesian volatility filter, no assumption on their shape. */
export const felix: AgentInput = {
  id: 'felix',
  model: { name: 'filteredHistorical' },
}
