// VaR and ES by simulation, one thread, through the package's own doors: paths a second of every method, beside a plain sort of as many
// numbers, and how much a path is worth against plain Monte Carlo. Ratios to the sort hold across machines; seconds do not.
const { estimateRisk, methodTable, portfolioPosition, returnPosition, varianceReduction } = require('swarmvar/montecarlo')
const { garchT, train } = require('swarmvar/models')
const { predictivePosition } = require('swarmvar/validation')

const PATHS = 100_000
const RUNS = 9

const nowMs = () => Number(process.hrtime.bigint()) / 1e6

function medianMs(work) {
  work(0)
  const times = Array.from({ length: RUNS }, (_, i) => {
    const before = nowMs()
    work(i + 1)
    return nowMs() - before
  })
  return times.sort((a, b) => a - b)[RUNS >> 1]
}

/** Returns of a rough kind of market, the same in every run. */
function someReturns(count) {
  let state = 2463534242
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 4294967296
  }
  return Float64Array.from({ length: count }, (_, i) => (1 + (i % 200) / 200) * (uniform() + uniform() + uniform() - 1.5) * 2)
}

function positions() {
  const scaleMatrix = Array.from({ length: 25 }, (_, at) => (at % 6 === 0 ? 1 : 0.3))
  const model = garchT()
  const state = train(model, someReturns(1000), { seed: 'bench' })
  return [
    ['Student-t(5) position', returnPosition({ innovations: { studentT: 5 } })],
    ['five Student-t(5) assets', portfolioPosition({ innovations: { studentT: 5 }, delta: [1, 1, 1, 1, 1], scaleMatrix })],
    ['garchT over 10 days', predictivePosition(model, state, 10)],
  ]
}

function benchMonteCarlo() {
  const numbers = someReturns(PATHS)
  const sortMs = medianMs(() => Float64Array.from(numbers).sort())
  console.log(`control: sort of ${PATHS} numbers ${sortMs.toFixed(1)} ms`)
  const header = ['ms', 'paths/s', 'in sorts', 'factor VaR', 'factor ES'].map(title => title.padStart(12)).join('')
  console.log(`${`99 % VaR and ES, ${PATHS} paths`.padEnd(42)}${header}`)
  for (const [name, position] of positions()) {
    for (const method of Object.keys(methodTable)) {
      const options = { level: 0.01, paths: PATHS }
      const ms = medianMs(i => estimateRisk(position, method, { ...options, seed: String(i) }))
      const factors =
        method === 'plain'
          ? null
          : varianceReduction(position, method, { level: 0.01, paths: 20_000, seed: 'bench', replications: 50 })
      const shown = factor => (factor === undefined ? '' : factor.factor.toFixed(1))
      const cells = [
        ms.toFixed(1),
        ((PATHS / ms) * 1000).toExponential(1),
        (ms / sortMs).toFixed(1),
        shown(factors?.var),
        shown(factors?.es),
      ]
      console.log(`${`${name}: ${method}`.padEnd(42)}${cells.map(cell => cell.padStart(12)).join('')}`)
    }
  }
}

module.exports = { benchMonteCarlo }
