import { defineScenario, runIfMain } from 'swarmvar'

// Four assets whose correlations rise overnight from .2 to .8, while each stays as volatile as it was: who notices that the
// portfolio does not diversify any more? Some agents learn from the assets' own returns, the others from the portfolio's.

const SDS = [1.2, 0.9, 0.5, 1.6]
const MEANS = [0.04, 0.03, 0.01, 0.02]

/** Jointly normal days on which every two assets have the same correlation. */
function segment(correlation: number, days: number) {
  const params: { [name: string]: number } = {}
  SDS.forEach((sd, i) => {
    params[`mean[${i + 1}]`] = MEANS[i]
    params[`sd[${i + 1}]`] = sd
    for (let j = i + 1; j < SDS.length; j++) params[`correlation[${i + 1},${j + 1}]`] = correlation
  })
  return { model: 'normalInverseWishart', params, days }
}

const scenario = defineScenario({
  name: 'portfolio',
  market: { simulate: [segment(0.2, 550), segment(0.8, 150)], weights: [0.4, 0.3, 0.2, 0.1] },
  window: 400,
  days: 300,
  agents: [
    { id: 'assets-fast', model: { name: 'normalInverseWishart', options: { memory: 25 } }, behaviour: { assimilate: true } },
    { id: 'assets-medium', model: { name: 'normalInverseWishart' }, behaviour: { assimilate: true } },
    { id: 'assets-slow', model: { name: 'normalInverseWishart', options: { memory: 250 } }, behaviour: { assimilate: true } },
    {
      id: 'assets-wary',
      model: { name: 'normalInverseWishart', prior: { scale: 2, shape: 6, correlation: 0.6 }, options: { memory: 60 } },
      behaviour: { assimilate: true },
    },
    { id: 'garch', model: { name: 'garchT' } },
    { id: 'historical', model: { name: 'historicalSimulation', options: { window: 250 } } },
    { id: 'riskmetrics', model: { name: 'ewma' } },
  ],
  rules: [{ name: 'mean' }, { name: 'median' }, { name: 'trimmedMean', f: 2 }],
})

export default scenario
runIfMain(module, scenario)
