// Backtests on one thread, through the package's own door, beside controls in the same run. Ratios to these hold across machines;
// milliseconds do not.
const { modelConfidenceSet, modelConfidenceSets } = require('swarmvar/backtest')
const { nextInteger, openStream, rootKey } = require('swarmvar/random')

const MODELS = 10
const DAYS = 1000
const BOOTSTRAPS = 10_000
const BLOCK_DAYS = 10
/** What the control draws; its time is scaled up. */
const NAIVE_BOOTSTRAPS = 200
const RUNS = 15

const nowMs = () => Number(process.hrtime.bigint()) / 1e6
const line = (name, value, note = '') => console.log(`${name.padEnd(64)}${value.padStart(12)}  ${note}`)

function medianMs(runs, work) {
  const times = []
  work()
  for (let i = 0; i < runs; i++) {
    const started = nowMs()
    work()
    times.push(nowMs() - started)
  }
  return times.sort((a, b) => a - b)[runs >> 1]
}

/** Losses with a common part, ever so slightly worse from model to model; the same in every run. */
function lossesOf() {
  let state = 12345
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 4294967296
  }
  const normal = () => uniform() + uniform() + uniform() + uniform() - 2
  const market = Float64Array.from({ length: DAYS }, () => 2 + normal())
  const around = i => market.map(loss => loss + 0.4 * normal() + 0.005 * i)
  return Object.fromEntries(Array.from({ length: MODELS }, (_, i) => [`model${i}`, around(i)]))
}

/** The control: every day of every model is resampled, and every step of T_R goes through all pairs anew. */
function naiveSet(losses, replications) {
  const names = Object.keys(losses)
  const stream = openStream(rootKey('bench'))
  const mean = values => values.reduce((sum, value) => sum + value, 0) / values.length
  const means = names.map(name => mean(losses[name]))
  const errors = []
  for (let b = 0; b < replications; b++) {
    const days = []
    while (days.length < DAYS) {
      const start = nextInteger(stream, DAYS)
      for (let k = 0; k < BLOCK_DAYS; k++) days.push((start + k) % DAYS)
    }
    errors.push(names.map((name, i) => mean(days.map(day => losses[name][day])) - means[i]))
  }
  const pValues = {}
  let alive = names.map((_, i) => i)
  let largest = 0
  while (alive.length > 1) {
    const simulated = new Array(replications).fill(0)
    let worst = { statistic: Number.NEGATIVE_INFINITY, model: -1 }
    for (const i of alive) {
      for (const j of alive) {
        if (i === j) continue
        const deviation = Math.sqrt(mean(errors.map(each => (each[i] - each[j]) ** 2)))
        const statistic = (means[i] - means[j]) / deviation
        if (statistic > worst.statistic) worst = { statistic, model: i }
        for (let b = 0; b < replications; b++)
          simulated[b] = Math.max(simulated[b], Math.abs(errors[b][i] - errors[b][j]) / deviation)
      }
    }
    largest = Math.max(largest, simulated.filter(value => value >= worst.statistic).length / replications)
    pValues[names[worst.model]] = largest
    alive = alive.filter(i => i !== worst.model)
  }
  pValues[names[alive[0]]] = 1
  return pValues
}

function benchBacktest() {
  const losses = lossesOf()
  const options = { seed: 'bench', replications: BOOTSTRAPS, blockLength: BLOCK_DAYS }
  const naiveMs = (medianMs(3, () => naiveSet(losses, NAIVE_BOOTSTRAPS)) * BOOTSTRAPS) / NAIVE_BOOTSTRAPS
  const naive = naiveSet(losses, NAIVE_BOOTSTRAPS)
  const { pValues } = modelConfidenceSet(losses, options)
  const gap = Math.max(...Object.keys(losses).map(name => Math.abs(pValues[name] - naive[name])))
  line(
    'control: every day of every model resampled, T_R',
    `${naiveMs.toFixed(0)} ms`,
    `${NAIVE_BOOTSTRAPS} bootstraps, scaled to ${BOOTSTRAPS}; p-values within ${gap.toFixed(2)}`,
  )
  const each = (name, work) => {
    const ms = medianMs(RUNS, work)
    line(name, `${ms.toFixed(0)} ms`, `${(naiveMs / ms).toFixed(0)} times faster than the control; target 2000 ms`)
  }
  const size = `MCS of ${MODELS} models x 1,000 days x 10,000 bootstraps`
  each(`${size}, T_R`, () => modelConfidenceSet(losses, { ...options, statistic: 'R' }))
  each(`${size}, T_max`, () => modelConfidenceSet(losses, { ...options, statistic: 'max' }))
  each(`${size}, both`, () => modelConfidenceSets(losses, options))
  each('both, blocks of one day', () => modelConfidenceSets(losses, { ...options, blockLength: 1 }))
}

module.exports = { benchBacktest }
