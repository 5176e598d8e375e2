// The control: the log-likelihood of GARCH(1,1) with Student-t errors as one would write it in JavaScript, a logarithm an observation.
function lnGamma(x) {
  // Lanczos (1964), g = 7.
  const c = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
    -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ]
  const y = x - 1
  const t = y + 7.5
  const sum = c.slice(1).reduce((total, coefficient, i) => total + coefficient / (y + i + 1), c[0])
  return 0.5 * Math.log(2 * Math.PI) + (y + 0.5) * Math.log(t) - t + Math.log(sum)
}

function plainLikelihood(returns, { mu, omega, alpha, beta, nu }, start) {
  const constant = lnGamma((nu + 1) / 2) - lnGamma(nu / 2) - 0.5 * Math.log(Math.PI * (nu - 2))
  let h = start
  let value = 0
  for (let t = 0; t < returns.length; t++) {
    const r = returns[t] - mu
    value += constant - 0.5 * Math.log(h) - 0.5 * (nu + 1) * Math.log(1 + (r * r) / ((nu - 2) * h))
    h = omega + alpha * r * r + beta * h
  }
  return value
}

module.exports = { plainLikelihood }
