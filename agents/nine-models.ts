import type { AgentInput } from 'swarmvar'

/** Nine honest forecasters, one a model and named after it: the panel of questions about models, where nobody lies or shares. */
export const nineModels: readonly AgentInput[] = [
  { id: 'ewma', model: { name: 'ewma' } },
  { id: 'filtered', model: { name: 'filteredHistorical' } },
  { id: 'garchNormal', model: { name: 'garchNormal' } },
  { id: 'garchT', model: { name: 'garchT' } },
  { id: 'gjr', model: { name: 'gjrGarchT' } },
  { id: 'history1000', model: { name: 'historicalSimulation', options: { window: 1000 } } },
  { id: 'history250', model: { name: 'historicalSimulation', options: { window: 250 } } },
  { id: 'regimes', model: { name: 'markovSwitching' } },
  { id: 'tails', model: { name: 'peaksOverThreshold' } },
]
