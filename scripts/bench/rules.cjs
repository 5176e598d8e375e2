// Rules on vectors, one thread, through the package's own doors: milliseconds for every rule and size, beside a plain loop that
// adds up the same numbers, in the same run. Ratios to that loop hold across machines; milliseconds do not.
const { rootKey } = require('swarmvar/random')
const rules = require('swarmvar/rules')

const SIZES = [10, 100, 1000].flatMap(n => [1, 100, 10_000].map(d => ({ n, d })))
/** The most that one cell may take, after its first run. */
const BUDGET_MS = 250
const RUNS = 25

/** The issue's targets in milliseconds, by rule and size. */
const targets = {
  'median 100 x 10000': 13,
  'trimmedMean 100 x 10000': 25,
  'geometricMedian 100 x 10000': 100,
  'krum 100 x 10000': 40,
  'nearestNeighbourMixing 100 x 10000': 100,
  'krum 1000 x 10000': 3500,
}

const cases = {
  mean: rows => rules.mean(rows),
  median: rows => rules.median(rows),
  trimmedMean: (rows, f) => rules.trimmedMean(rows, f),
  trimmedMidpoint: (rows, f) => rules.trimmedMidpoint(rows, f),
  meanAroundMedian: (rows, f) => rules.meanAroundMedian(rows, f),
  hodgesLehmann: rows => rules.hodgesLehmann(rows),
  huber: rows => rules.huber(rows),
  tukey: rows => rules.tukey(rows),
  medianOfMeans: rows => rules.medianOfMeans(rows, 5),
  weightedMedian: rows =>
    rules.weightedMedian(
      rows,
      Float64Array.from(rows, (_, i) => 1 + (i % 7)),
    ),
  weightedTrimmedMean: (rows, f) =>
    rules.weightedTrimmedMean(
      rows,
      Float64Array.from(rows, (_, i) => 1 + (i % 7)),
      f,
    ),
  geometricMedian: rows => rules.geometricMedian(rows),
  krum: (rows, f) => rules.krum(rows, f),
  multiKrum: (rows, f) => rules.multiKrum(rows, f, rows.length - f),
  bulyan: (rows, f) => rules.bulyan(rows, Math.min(f, Math.floor((rows.length - 3) / 4))),
  minimumDiameter: (rows, f) => rules.minimumDiameter(rows, f),
  centeredClipping: rows => rules.centeredClipping(rows, { start: rows[0], tau: 10, steps: 3 }),
  nearestNeighbourMixing: (rows, f) => rules.nearestNeighbourMixing(rows, f),
  bucketing: rows => rules.bucketing(rows, { size: 2, key: rootKey('bench') }),
}

/** Why a rule is not tried on n rows of length d, if it is not. */
function skipped(name, { n, d }) {
  if (name === 'minimumDiameter' && n > 10) return 'C(n, f) subsets'
  if (name === 'bulyan' && n > 100) return 'n^3'
  if (['hodgesLehmann', 'tukey', 'weightedTrimmedMean'].includes(name) && n * d > 1e6) return 'seconds'
  return null
}

const nowMs = () => Number(process.hrtime.bigint()) / 1e6

function medianMs(work) {
  const times = []
  work()
  const started = nowMs()
  do {
    const before = nowMs()
    work()
    times.push(nowMs() - before)
  } while (times.length < RUNS && nowMs() - started < BUDGET_MS)
  return times.sort((a, b) => a - b)[times.length >> 1]
}

/** Roughly normal numbers, the same in every run. */
function rowsOf(n, d) {
  let state = 12345
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 4294967296
  }
  return Array.from({ length: n }, () => Float64Array.from({ length: d }, () => uniform() + uniform() + uniform() - 1.5))
}

function plainSum(rows) {
  let sum = 0
  for (const row of rows) for (let j = 0; j < row.length; j++) sum += row[j]
  return sum
}

const shown = ms => (ms >= 100 ? ms.toFixed(0) : ms.toPrecision(3))

function benchRules() {
  const labels = SIZES.map(({ n, d }) => `${n} x ${d}`)
  const cells = new Map([['control: plain sum', []], ...Object.keys(cases).map(name => [name, []])])
  const met = []
  for (const size of SIZES) {
    const { n, d } = size
    const rows = rowsOf(n, d)
    const f = Math.floor(n / 5)
    const sumMs = medianMs(() => plainSum(rows))
    cells.get('control: plain sum').push(shown(sumMs))
    for (const [name, rule] of Object.entries(cases)) {
      const reason = skipped(name, size)
      const ms = reason === null ? medianMs(() => rule(rows, f)) : null
      cells.get(name).push(reason ?? shown(ms))
      const target = targets[`${name} ${n} x ${d}`]
      if (target !== undefined) met.push([name, `${n} x ${d}`, ms, target, ms / sumMs])
    }
  }
  console.log(`${'ms; f = n / 5'.padEnd(24)}${labels.map(label => label.padStart(16)).join('')}`)
  for (const [name, row] of cells) console.log(`${name.padEnd(24)}${row.map(cell => cell.padStart(16)).join('')}`)
  for (const [name, size, ms, target, ratio] of met)
    console.log(`${`${name} ${size}`.padEnd(44)}${shown(ms).padStart(8)} ms   target ${target}   ${ratio.toFixed(1)} plain sums`)
  daily()
}

/** What a simulated day and a round of agreement ask for. */
function daily() {
  const each = (label, work) => console.log(`${label.padEnd(44)}${(1000 * medianMs(() => work())).toFixed(1).padStart(8)} us`)
  const nine = rowsOf(9, 44)
  const hundred = rowsOf(100, 44)
  const agreeing = rowsOf(31, 44)
  each('median, 9 x 44', () => rules.median(nine))
  each('median, 100 x 44', () => rules.median(hundred))
  each('krum, 9 x 44', () => rules.krum(nine, 2))
  each('geometric median, 9 x 44', () => rules.geometricMedian(nine))
  each('geometric median, 100 x 44', () => rules.geometricMedian(hundred))
  each('trimmed midpoint, 31 x 44, f = 10', () => rules.trimmedMidpoint(agreeing, 10))
}

module.exports = { benchRules }
