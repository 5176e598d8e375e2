// Diagnostics, and every sampler on densities of two dimensions.
const { drawn, key, numbers, room } = require('./common.cjs')

const { openStream } = room('base')
const math = room('math')
const distributions = room('distributions')
const inference = room('inference')
const { essBulk, essTail, mcseMean, psis, rhat } = inference

const diagnostics = () => {
  const stream = openStream(key('chains'))
  const chains = Array.from({ length: 4 }, () => {
    let x = 0
    return numbers(500, () => {
      x = 0.6 * x + distributions.drawStudentT(stream, 5)
      return x
    })
  })
  const ratios = drawn('ratios', 2000, s => 1.5 * distributions.drawNormal(s))
  return { chains: [rhat, essBulk, essTail, mcseMean].map(measure => measure(chains)), psis: psis(ratios) }
}

const comparison = () => {
  const rows = Array.from({ length: 200 }, (_, i) => drawn(`row ${i}`, 30, s => -1 - distributions.drawExponential(s)))
  const models = Array.from({ length: 3 }, (_, i) => drawn(`elpd ${i}`, 100, s => -1 - distributions.drawExponential(s)))
  return [inference.loo(rows), inference.stackingWeights(models), inference.pseudoBmaWeights(models)]
}

const bent = ([x, y]) => -0.5 * (x * x + (y - 0.3 * x * x) * (y - 0.3 * x * x))
const hill = (x, y) => math.exp(-0.5 * (x * x + y * y))
/** Two hills, far apart: no proposal about one mode serves. */
const hills = ([x, y]) => math.ln(hill(x - 3, y) + hill(x + 3, y))
const target = inference.asTarget(bent, 2)
const factor = Float64Array.of(1, 0, 0, 1)
const start = Float64Array.of(0.5, 0.5)

const sampling = density => () => {
  const plan = { start, scales: Float64Array.of(1, 1), chains: 4, draws: 400, essTarget: 200 }
  return inference.sampleDensity(density, plan, key('sampling'))
}

const transition = (make, label) => () => {
  const plan = { starts: [start, start], warmup: [200, 200], draws: 300, furtherDraws: 100, blocksMax: 2, essTarget: 1e9 }
  const { draws, states } = inference.runChains(make(), plan, key(label))
  return [draws, states]
}

const proposal = inference.studentTProposal(start, factor, 6)
const rejuvenation = () => {
  const n = 200
  const stream = openStream(key('rejuvenation'))
  const points = numbers(2 * n, () => distributions.drawNormal(stream))
  const set = inference.equallyWeighted(points, n)
  const weighted = inference.reweighted(
    set,
    numbers(n, () => 0.5 * distributions.drawNormal(stream)),
  )
  return ['independence', 'walk'].map(move => inference.rejuvenate(target, weighted.set, stream, { move }))
}

const particles = () => {
  const { bootstrapFilter, particleFilter } = room('inference/particle-filter')
  const returns = drawn('particles', 100, s => 1.2 * distributions.drawStudentT(s, 5))
  const model = {
    init: distributions.drawNormal,
    move: (state, stream) => 0.95 * state + 0.2 * distributions.drawNormal(stream),
    logWeight: (state, ret) => -0.5 * (state + ret * ret * math.exp(-state)),
  }
  return [
    particleFilter({ mu: 0, phi: 0.95, sigma: 0.2 }, returns, { particles: 501, key: key('particle filter') }),
    bootstrapFilter(model, [...returns], { particles: 100, key: key('bootstrap filter') }),
  ]
}

module.exports = [
  ['diagnostics', diagnostics],
  ['comparison', comparison],
  ['sampling/one hill', sampling(bent)],
  ['sampling/two hills', sampling(hills)],
  ['transition/independence', transition(() => inference.independence(target, proposal), 'independence')],
  ['transition/randomWalk', transition(() => inference.randomWalk(target, factor), 'randomWalk')],
  ['transition/hmc', transition(() => inference.hmc(target, { factor }), 'hmc')],
  ['importanceSample', () => inference.importanceSample(bent, proposal, 500, key('importance'))],
  ['variational', () => inference.variational(bent, { start, factor, draws: 500 }, key('variational'))],
  ['rejuvenation', rejuvenation],
  ['particles', particles],
]
