import { defineScenario, runIfMain } from 'swarmvar'

/** A simulated market whose volatility triples overnight: who notices, and how long does the ensemble take? */
const scenario = defineScenario({
  name: 'regime-change',
  market: {
    simulate: [
      { model: 'garchT', params: { mu: 0.03, omega: 0.01, alpha: 0.06, beta: 0.92, nu: 6 }, days: 750 },
      { model: 'garchT', params: { mu: 0, omega: 0.18, alpha: 0.1, beta: 0.85, nu: 5 }, days: 250 },
    ],
  },
  window: 500,
  days: 500,
  agents: [
    { id: 'bootstrap-long', model: { name: 'bayesianBootstrap', options: { window: 500 } } },
    { id: 'bootstrap-short', model: { name: 'bayesianBootstrap', options: { window: 125 } } },
    { id: 'conjugate-fast', model: { name: 'normalInverseGamma', options: { memory: 20 } } },
    { id: 'conjugate-slow', model: { name: 'normalInverseGamma', options: { memory: 250 } } },
    { id: 'ewma', model: { name: 'ewma' } },
    { id: 'garch', model: { name: 'garchT' } },
    { id: 'historical', model: { name: 'historicalSimulation', options: { window: 250 } } },
  ],
  rules: [{ name: 'mean' }, { name: 'median' }, { name: 'trimmedMean', f: 2 }],
})

export default scenario
runIfMain(module, scenario)
