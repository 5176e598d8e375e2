// Streams, elementary functions, quantiles, draws, and the kernels' own.
const { drawn, key, numbers, room } = require('./common.cjs')

const { childKey, nextInteger, nextUint32, nextUniform, openStream, rootKey } = room('base')
const math = room('math')
const distributions = room('distributions')
const { studyGrid } = room('forecast')
const { doublesAt, kernels, put, putRandomState, reserveDoubles, scratch } = room('kernels')

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

module.exports = [
  ['streams', streams],
  ['elementary', elementaries],
  ['quantiles', quantiles],
  ['draws', draws],
  ['kernels/elementary', kernelElementary],
  ['kernels/draws', kernelDraws],
]
