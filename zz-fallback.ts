import { rootKey, childKey } from './src/base/index.js'
import { hmc, randomWalk, runChains, startingPoints, targetOf, essBulk, rhat, mcseMean, type Transition, type LogDensity, type Target } from './src/inference/index.js'
import { garchLogPosterior } from './src/models/garch-posterior.js'
import { garchPrior, fromParameters } from './src/models/garch-prior.js'
import { logReturns, readPrices, SP500_PATH } from './src/scenario/index.js'
import { drawNormal } from './src/distributions/index.js'
const h = logReturns(readPrices(SP500_PATH, 'date', 'close').closes).slice(-1000)
const v = 1.0
const banana = (b: number): LogDensity => x => { const y = x[1] - b * (x[0]*x[0] - 1); return -0.5 * (x[0]*x[0] + y*y) }
const t = (nu: number, d: number): LogDensity => x => { let s = 0; for (const v of x) s += v*v; return -0.5*(nu+d)*Math.log1p(s/nu) }
const targets: [string, LogDensity, Float64Array, number[]][] = [
  ['garch-normal', garchLogPosterior('garchNormal', garchPrior(undefined, false), h, 1.0), fromParameters({mu:.06, omega:.04, alpha:.1, beta:.86, nu: Infinity}), [.03,.02,.05,.3]],
  ['garch-t', garchLogPosterior('garchT', garchPrior(undefined, true), h, 1.0), fromParameters({mu:.06, omega:.04, alpha:.1, beta:.86, nu: 7}), [.03,.02,.05,.3,.3]],
  ['banana 1', banana(1), Float64Array.of(.5,.5), [1,1]],
  ['banana 3', banana(3), Float64Array.of(.5,.5), [1,1]],
  ['t2 d1', t(2,1), Float64Array.of(.5), [1]],
  ['t3 d3', t(3,3), Float64Array.of(.5,.5,.5), [1,1,1]],
  ['box', x => x.every(v => v>0&&v<1) ? 0 : -Infinity, Float64Array.of(.4,.4), [1,1]],
  ['exp edge', ([x]) => x>0 ? -x : -Infinity, Float64Array.of(1), [1]],
  ['laplace', ([x]) => -Math.abs(x), Float64Array.of(.8), [1]],
  ['hills 6', ([x]) => Math.log(Math.exp(-.5*x*x)+Math.exp(-.5*(x-6)*(x-6))), Float64Array.of(-1), [1]],
  ['hills 8', ([x]) => Math.log(Math.exp(-.5*x*x)+Math.exp(-.5*(x-8)*(x-8))), Float64Array.of(-1), [1]],
]
const diag = (s: number[]) => { const d=s.length; const m=new Float64Array(d*d); s.forEach((v,i)=>m[i*d+i]=v); return m }
for (const [name, f, start, scales] of targets) {
  const d = start.length
  let evals = 0
  const base = targetOf(f, d)
  const target: Target = { dimension: d, evaluate(p,c,o){ evals += c; base.evaluate(p,c,o) } }
  const kinds: [string, Transition<any>, number[], number][] = [
    ['walk', randomWalk(target, diag(scales)), [500,1000,1500,2000,2000], 6],
    ['hmc', hmc(target, { factor: diag(scales) }), [100,150,200,150], 1],
  ]
  for (const [kind, tr, warmup, thin] of kinds) {
    const res: number[][] = []
    let unmet = 0
    for (let i=0;i<5;i++){
      evals = 0
      const key = childKey(rootKey('x'), i)
      const starts = startingPoints(target, 4, (s,_,x) => { for (let k=0;k<d;k++) x[k]=start[k]+scales[k]*drawNormal(s) }, start, childKey(key,'s'))
      const a = process.hrtime.bigint()
      const r = runChains(tr, { starts, warmup, draws: 600, furtherDraws: 300, blocksMax: 20, thin, essTarget: 400 }, key)
      const s = Number(process.hrtime.bigint()-a)/1e9
      const ess = Math.min(...r.draws.map(essBulk))
      if (r.unmet) unmet++
      const div = (r.states as any[]).reduce((z,q)=>z+(q.divergences??0),0)
      res.push([ess/s, ess/evals*1000, s*1000, ess, r.draws[0][0].length, Math.max(...r.draws.map(rhat)), div, (r.transition as any).stepSize ?? 0])
    }
    const med = (j: number) => res.map(r=>r[j]).sort((a,b)=>a-b)[2]
    console.log(name.padEnd(14), kind.padEnd(5), 'ess/s', med(0).toFixed(0).padStart(8), 'ess/1000 evals', med(1).toFixed(2).padStart(7), 'ms', med(2).toFixed(1).padStart(7), 'ess', med(3).toFixed(0), 'n', med(4), 'rhat', med(5).toFixed(4), 'div', med(6), 'unmet', unmet)
  }
}
