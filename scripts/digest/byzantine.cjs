// Rules, pools, online weights, protocols in storms, and small runs with an adversary, screening, an agreement and a storm.
const { drawn, key, room } = require('./common.cjs')

const { drawNormal } = room('distributions')
const { nextUniform } = room('base')
const { ewma, historicalSimulation, normalInverseGamma } = room('models')
const { studyGrid } = room('forecast')
const rules = room('rules')
const { drawStorm, parseTopology } = room('network')
const { stormProtocol, stormProtocols } = room('checks')
const { defineScenario, run } = room('scenario')

const ids = count => Array.from({ length: count }, (_, i) => `agent-${String(i).padStart(2, '0')}`)
const reports = count => Array.from({ length: count }, (_, i) => drawn(`rows ${i}`, 44, stream => 3 * drawNormal(stream)))
const returns = drawn('byzantine returns', 700, stream => 0.03 + 1.1 * drawNormal(stream))

const parameters = {
  bulyan: { f: 3 },
  centeredClipping: { tau: 2, steps: 5 },
  krum: { f: 4 },
  meanAroundMedian: { f: 4 },
  medianOfMeans: { blocks: 5 },
  minimumDiameter: { f: 3 },
  multiKrum: { f: 4, m: 6 },
  trimmedMean: { f: 4 },
  trimmedMidpoint: { f: 4 },
  weightedTrimmedMean: { f: 4 },
}
const pools = ['linearPool', 'logPool', 'wassersteinMedian']

const onVectors = () =>
  Object.keys(rules.ruleTable)
    .filter(name => !pools.includes(name))
    .map(name => [name, rules.ruleTable[name].aggregate(reports(17), parameters[name] ?? {})])

const onForecasts = () => {
  const levels = { levels: Float64Array.from(studyGrid), riskLevels: Float64Array.of(0.01, 0.025, 0.05) }
  const models = [
    ewma(),
    ewma({ lambda: 0.9 }),
    normalInverseGamma(undefined, { memory: 30 }),
    historicalSimulation({ window: 250 }),
  ]
  const forecasts = models.map((model, i) => model.forecast(model.init(returns, key(`forecast ${i}`)), levels))
  return Object.keys(rules.ruleTable).map(name => [name, rules.ruleTable[name].apply(forecasts, { ...small[name] })])
}

const small = {
  ...parameters,
  bulyan: { f: 0 },
  krum: { f: 0 },
  meanAroundMedian: { f: 1 },
  medianOfMeans: { blocks: 3 },
  minimumDiameter: { f: 1 },
  multiKrum: { f: 0, m: 2 },
  trimmedMean: { f: 1 },
  trimmedMidpoint: { f: 1 },
  weightedTrimmedMean: { f: 1 },
}

const weights = () => {
  const losses = Array.from({ length: 60 }, (_, i) => drawn(`losses ${i}`, 5, nextUniform))
  return [rules.exponentialWeights(losses, 0.4), rules.fixedShare(losses, 0.4, 0.02), rules.bernsteinOnline(losses, 0.3)]
}

const storms = async () => {
  const found = []
  for (const protocol of stormProtocols)
    for (let i = 0; i < 5; i++) {
      const { digest, deliveries } = await stormProtocol({ protocol, n: 7, f: 2, seed: `determinism ${i}` })
      found.push([protocol, digest, deliveries])
    }
  return found
}

const topologies = () =>
  [
    { kind: 'smallWorld', neighbours: 2, rewire: 0.3 },
    { kind: 'random', density: 0.4 },
    { kind: 'scaleFree', links: 2 },
    { kind: 'regular', degree: 4 },
  ].map(spec => parseTopology(spec, ids(20), key('topology'), 'topology'))

const agents = attacks =>
  ids(7).map((id, i) => ({
    id,
    model: [
      { name: 'ewma', options: { lambda: 0.9 + 0.01 * i } },
      { name: 'normalInverseGamma', options: { memory: 20 + 10 * i } },
      { name: 'historicalSimulation', options: { window: 200 } },
    ][i % 3],
    ...(attacks[i] === undefined ? {} : { behaviour: { attack: attacks[i] } }),
  }))

const world = spec => async () =>
  (
    await run(defineScenario({ market: { returns: [...returns] }, window: 500, days: 40, refitEveryDays: 10, ...spec }), {
      seed: 'determinism',
    })
  ).digest

const latency = { kind: 'latency', distribution: 'exponential', meanMs: 3 }
const edge = { kind: 'edge', direction: 'understate' }

module.exports = [
  ['rules/vectors', onVectors],
  ['rules/forecasts', onForecasts],
  ['rules/weights', weights],
  ['network/topologies', topologies],
  ['network/storms', () => Array.from({ length: 5 }, (_, i) => drawStorm(ids(9), key(`storm ${i}`), { untilMs: 5000 }))],
  ['checks/storms', storms],
  [
    'scenario/adversary and screening',
    world({
      name: 'screened',
      agents: agents([edge, edge, { kind: 'bias', riskScale: 0.1 }]),
      rules: [{ name: 'median' }, { name: 'trimmedMean', f: 2 }],
      network: { links: [latency] },
      screening: true,
    }),
  ],
  [
    'scenario/agreement',
    world({
      name: 'agreed',
      agents: agents([{ kind: 'equivocation' }, { kind: 'bias', riskScale: 0.1 }]),
      decision: { protocol: 'asynchronous', f: 2 },
      network: { links: [latency], topology: 'complete' },
    }),
  ],
  [
    'scenario/storm',
    world({
      name: 'stormy',
      agents: agents([]),
      rules: [{ name: 'median' }, { name: 'geometricMedian' }],
      network: { storm: { intensity: 2 } },
    }),
  ],
]
