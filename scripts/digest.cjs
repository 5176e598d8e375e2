// Fingerprints of everything seeded, computed by the built package on this Node: one SHA-256 a part, over the exact bits of every
// number in the canonical order of scenario/digest.ts. The expected ones are committed in test/fixtures/determinism.json.
//   node scripts/digest.cjs           print this Node's as JSON
//   node scripts/digest.cjs --check   compare them with the committed ones; exit 1 and name every part that differs
//   node scripts/digest.cjs --write   rewrite the committed ones (after any change of a model, a sampler, a kernel or a draw)
const { existsSync, readFileSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')

const root = join(__dirname, '..')
const fixture = join(root, 'test', 'fixtures', 'determinism.json')
if (!existsSync(join(root, 'dist', 'index.js'))) {
  console.error('dist/ is missing: npm run build')
  process.exit(2)
}
const room = name => require(join(root, 'dist', name))
const { childKey, nextInteger, nextUint32, nextUniform, openStream, rootKey } = room('base')
const math = room('math')
const distributions = room('distributions')
const { doublesAt, kernels, put, putRandomState, reserveDoubles, scratch } = room('kernels')
const inference = room('inference')
const { riskLevels, studyGrid } = room('forecast')
const { makeModel, modelTable } = room('models')
const { defineScenario, digestOf, openMarket, run } = room('scenario')

const key = label => childKey(rootKey('determinism'), label)
const numbers = (count, next) => Float64Array.from({ length: count }, (_, i) => next(i))
const drawn = (label, count, next) => {
  const stream = openStream(key(label))
  return numbers(count, () => next(stream))
}

const streams = () => ({
  words: drawn('words', 200, nextUint32),
  uniform: drawn('uniform', 200, nextUniform),
  integer: drawn('integer', 200, stream => nextInteger(stream, 1e9 + 7)),
  seeds: ['', 'a', 'ä', '𝔸'].map(seed => nextUint32(openStream(childKey(childKey(rootKey(seed), 'x'), 2 ** 40)))),
})

// Arguments of each function, from three uniform numbers.
const elementary = {
  betainc: (u, v, w) => [u, 0.1 + 20 * v, 0.1 + 20 * w],
  betaincinv: (u, v, w) => [u, 0.5 + 20 * v, 0.5 + 20 * w],
  cbrt: u => [200 * u - 100],
  erfc: u => [60 * u - 30],
  erfcinv: u => [2 * u],
  exp: u => [1400 * u - 700],
  expm1: (u, v) => [(20 * u - 10) * v * v],
  gammainc: (u, v) => [30 * u, 0.1 + 20 * v],
  gammaincinv: (u, v) => [u, 0.5 + 20 * v],
  lnGamma: u => [0.01 + 50 * u],
  ln: (u, v) => [u / (v * v * v)],
  log1p: (u, v) => [u / v - 0.9],
  pow: (u, v) => [10 * u, 20 * v - 10],
}
// Platforms whose own functions differ do so at one point in some thousands, so many points are asked.
const elementaries = () => {
  const values = {}
  for (const [name, args] of Object.entries(elementary)) {
    const count = /beta|gammainc/.test(name) ? 500 : 20_000
    values[name] = drawn(name, count, s => math[name](...args(nextUniform(s), nextUniform(s), nextUniform(s))))
  }
  return values
}

const quantiles = () => {
  const levels = [1e-10, 1e-4, ...studyGrid]
  const { normalCdf, normalQuantile, studentTCdf, studentTQuantile } = distributions
  const t = [2.05, 4, 30, 1e5].map(nu => levels.map(p => [studentTQuantile(p, nu), studentTCdf(studentTQuantile(p, nu), nu)]))
  return { normal: levels.map(p => [normalQuantile(p), normalCdf(40 * p - 20)]), t }
}

// What follows the stream in a draw's arguments; a new draw in swarmvar/random asks for a line here.
const drawArguments = {
  drawChiSquare: [3.3],
  drawExponential: [],
  drawFlatDirichlet: [7],
  drawGamma: [0.7],
  drawInverseGamma: [2.5, 1.5],
  drawNormal: [],
  drawStudentT: [4.5],
}
const draws = () => {
  const values = {}
  const known = Object.keys(room('random')).filter(name => name.startsWith('draw'))
  for (const name of known.sort()) {
    if (!(name in drawArguments)) throw new Error(`scripts/digest.cjs does not know the arguments of ${name}`)
    const stream = openStream(key(name))
    values[name] = Array.from({ length: 300 }, () => distributions[name](stream, ...drawArguments[name]))
  }
  return values
}

const kernelElementary = () =>
  [0, 1].map(which =>
    scratch(() => {
      const count = 2001
      const points = numbers(count, i => (which === 0 ? (i - 1000) * 0.7 : math.exp((i - 1000) * 0.7)))
      const input = put(points)
      const output = reserveDoubles(count)
      kernels().mapElementary(which, input, output, count)
      return doublesAt(output, count).slice()
    }),
  )

const kernelDraws = () =>
  [0, 1].map(which =>
    scratch(() => {
      const state = putRandomState(openStream(key(`kernel draws ${which}`)))
      const out = reserveDoubles(20_000)
      kernels().fillDraws(which, state, out, 20_000)
      return doublesAt(out, 20_000).slice()
    }),
  )

const diagnostics = () => {
  const stream = openStream(key('chains'))
  const chains = Array.from({ length: 4 }, () => {
    let x = 0
    return numbers(500, () => {
      x = 0.6 * x + distributions.drawStudentT(stream, 5)
      return x
    })
  })
  const { essBulk, essTail, mcseMean, psis, rhat } = inference
  const ratios = drawn('ratios', 2000, s => 1.5 * distributions.drawNormal(s))
  return { chains: [rhat, essBulk, essTail, mcseMean].map(measure => measure(chains)), psis: psis(ratios) }
}

/** A bent density in two dimensions: mode search, proposal, independence chains; and one of two hills, which needs the random walk. */
const sampling = () => {
  const bent = ([x, y]) => -0.5 * (x * x + (y - 0.3 * x * x) * (y - 0.3 * x * x))
  const hill = (x, y) => math.exp(-0.5 * (x * x + y * y))
  const hills = ([x, y]) => math.ln(hill(x - 3, y) + hill(x + 3, y))
  const plan = { start: Float64Array.of(0.5, 0.5), scales: Float64Array.of(1, 1), chains: 4, draws: 400, essTarget: 200 }
  return [bent, hills].map((density, i) => inference.sampleDensity(density, plan, key(`sampling ${i}`)))
}

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

const parts = [
  ['streams', streams],
  ['elementary', elementaries],
  ['quantiles', quantiles],
  ['draws', draws],
  ['kernels/elementary', kernelElementary],
  ['kernels/draws', kernelDraws],
  ['diagnostics', diagnostics],
  ['sampling', sampling],
  ['data', () => returns],
  ...Object.keys(modelTable).sort().flatMap(modelParts),
  ['scenario', scenario],
]

async function main() {
  const found = {}
  for (const [name, compute] of parts) found[name] = digestOf(await compute())
  const { node: version } = process.versions
  const report = { node: version, arch: process.arch, digest: digestOf(found), parts: found }
  const option = process.argv[2]
  if (option === undefined) return console.log(JSON.stringify(report, null, 2))
  if (option === '--write') {
    writeFileSync(fixture, `${JSON.stringify({ digest: report.digest, parts: found }, null, 2)}\n`)
    return console.log(`wrote test/fixtures/determinism.json: ${report.digest}`)
  }
  if (option !== '--check') {
    console.error(`found ${option}, expected --check, --write or nothing`)
    process.exitCode = 2
    return
  }
  const expected = JSON.parse(readFileSync(fixture, 'utf8'))
  const names = [...new Set([...Object.keys(expected.parts), ...Object.keys(found)])]
  const different = names.filter(name => expected.parts[name] !== found[name])
  const why = name => (name in found ? (name in expected.parts ? 'differs' : 'is not in the committed file') : 'is gone')
  for (const name of different) console.log(`${name} ${why(name)}`)
  const verdict = different.length === 0 ? 'the committed digest' : 'NOT the committed digest (on purpose? --write it)'
  console.log(`Node ${version}, ${process.arch}: ${report.digest}, ${verdict}`)
  if (different.length > 0) process.exitCode = 1
}

main()
