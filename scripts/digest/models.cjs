// Every model of the table, and a small run of a scenario with faults.
const { key, room, root } = require('./common.cjs')

const { childKey, openStream } = room('base')
const { riskLevels, studyGrid } = room('forecast')
const { makeModel, modelTable } = room('models')
const { defineScenario, openMarket, run } = room('scenario')

// 605 returns of calmer years: the models learn from the first 600.
const returns = openMarket('sp500', 1805, root, key('none')).returns.slice(0, 605)
const history = returns.slice(0, 600)
const levels = { levels: studyGrid, riskLevels }

/** Models are made by default; what one needs beyond that goes here. */
const specs = {}

/** Everything that a model of the table answers, trained once. */
function modelParts(name) {
  const model = makeModel({ name, ...specs[name] })
  let trained
  const state = () => {
    trained ??= model.init(Float64Array.from(history), childKey(key('train'), name))
    return model.copy(trained)
  }
  const parts = {
    trained: state,
    forecast: () => model.forecast(state(), levels),
    posterior: () => model.posterior(state()),
    updated() {
      let held = state()
      returns.slice(600).forEach((ret, day) => {
        held = model.update(held, ret, childKey(childKey(key('update'), name), day))
      })
      return [held, model.forecast(held, levels)]
    },
  }
  if (model.varInterval95) parts.interval = () => Array.from(riskLevels, level => model.varInterval95(state(), level))
  if (model.simulate) parts.paths = () => model.simulate(state(), 5, 100, childKey(key('paths'), name))
  if (model.parametric) {
    parts.parametric = () => {
      const { parametric } = model
      const stream = openStream(childKey(key('parametric'), name))
      return Array.from({ length: 5 }, () => {
        const params = parametric.drawPrior(stream)
        const path = parametric.simulate(params, 50, stream, { start: 1 })
        return [params, path, parametric.logLikelihood(params, path, { start: 1 })]
      })
    }
  }
  return Object.entries(parts).map(([part, compute]) => [`model/${name}/${part}`, compute])
}

const scenario = async () => {
  const pooling = { assimilate: { everyDays: 2, trim: 0 } }
  const spec = {
    name: 'determinism',
    market: { returns: [...returns] },
    window: 575,
    days: 30,
    refitEveryDays: 15,
    agents: [
      { id: 'fast', model: { name: 'normalInverseGamma', options: { memory: 20 } }, behaviour: pooling },
      { id: 'garch', model: { name: 'garchT' }, behaviour: pooling },
      { id: 'garch-too', model: { name: 'garchT', prior: { nuShape: 3 } }, behaviour: pooling },
      { id: 'liar', model: { name: 'ewma' }, behaviour: { attack: { kind: 'noise', sd: 2 } } },
      { id: 'quantiles', model: { name: 'historicalSimulation' } },
      { id: 'slow', model: { name: 'normalInverseGamma', options: { memory: 200 } }, behaviour: pooling },
    ],
    network: {
      links: [
        { kind: 'loss', probability: 0.1 },
        { kind: 'latency', distribution: 'logNormal', medianMs: 10, sigma: 1 },
      ],
    },
    rules: [{ name: 'mean' }, { name: 'median' }, { name: 'trimmedMean', f: 1 }],
  }
  return (await run(defineScenario(spec), { seed: 'determinism' })).digest
}

module.exports = [['data', () => returns], ...Object.keys(modelTable).sort().flatMap(modelParts), ['scenario', scenario]]
