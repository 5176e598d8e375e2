// `npm run bench` runs everything, `npm run bench backtest`, `... inference`, `... montecarlo`, `... network`, `... rules`, `... memory` or `... processes` a part.
//
// Times and peak memory of whole processes, beside a control in the same run: `node -e 0` (what starting Node costs) and a
// fixed loop of arithmetic (how fast this machine is today). Quote ratios to the loop, not seconds, across machines.
const { spawnSync } = require('node:child_process')
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs')
const { tmpdir, cpus } = require('node:os')
const { join } = require('node:path')
const { benchAgreement } = require('./bench/agreement.cjs')
const { benchBacktest } = require('./bench/backtest.cjs')
const { benchInference } = require('./bench/inference.cjs')
const { benchMemory } = require('./bench/memory.cjs')
const { benchMonteCarlo } = require('./bench/montecarlo.cjs')
const { benchNetwork } = require('./bench/network.cjs')
const { benchRules } = require('./bench/rules.cjs')

const root = join(__dirname, '..')
const work = mkdtempSync(join(tmpdir(), 'swarmvar-bench-'))
const main = join(root, 'dist', 'cli', 'main.js')

/** Runs a script in a process of its own, which reports its own peak memory and CPU seconds when it exits. */
function measure(args, cwd) {
  const probe = join(work, 'probe.cjs')
  writeFileSync(
    probe,
    "process.on('exit', () => { const u = process.resourceUsage(); require('node:fs').writeSync(3, JSON.stringify({ rssMb: u.maxRSS / 1024, cpuS: (u.userCPUTime + u.systemCPUTime) / 1e6, ...globalThis.measured })) })",
  )
  const started = process.hrtime.bigint()
  const { status, output } = spawnSync(process.execPath, ['-r', probe, ...args], {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`exit ${status}: ${args.join(' ')}`)
  return { wallS: Number(process.hrtime.bigint() - started) / 1e9, ...JSON.parse(output[3]) }
}

const crowd = `const { defineScenario, run } = require(${JSON.stringify(join(root, 'dist', 'index.js'))})
const models = [
  i => ({ name: 'ewma', options: { lambda: 0.9 + 0.0009 * i } }),
  i => ({ name: 'normalInverseGamma', options: { memory: 20 + i } }),
  i => ({ name: 'historicalSimulation', options: { window: 200 + i } }),
  i => ({ name: 'bayesianBootstrap', options: { window: 200 + i } }),
]
const agents = Array.from({ length: 100 }, (_, i) => ({ id: 'agent-' + String(i).padStart(3, '0'), model: models[i % 4](i) }))
const rules = [{ name: 'mean' }, { name: 'median' }, { name: 'trimmedMean', f: 33 }]
run(defineScenario({ name: 'crowd', market: 'sp500', window: 1000, days: 1000, agents, rules }), { seed: '1' }).then(trace => {
  if (trace.days.length !== 1000) process.exit(1)
})`

const cases = [
  ['control: node -e 0', ['-e', '0']],
  [
    'control: 3e8 dependent multiply-adds',
    ['-e', 'let x = 0.5; for (let i = 0; i < 3e8; i++) x = x * 0.999 + 0.001; if (x > 2) console.log(x)'],
  ],
  [
    'npm start: 9 agents, 1,000 days, with its control run',
    [main, 'run', join(root, 'scenarios', 'sp500.ts'), '--out', join(work, 'sp500')],
  ],
  ['100 cheap agents, 1,000 days, one thread', ['-e', crowd]],
]

function benchProcesses() {
  console.log(
    `${'what'.padEnd(56)}${'wall s'.padStart(9)}${'cpu s'.padStart(9)}${'peak MB'.padStart(9)}${'wall / loop'.padStart(13)}`,
  )
  let loop = 1
  for (const [name, args] of cases) {
    const { wallS, cpuS, rssMb } = measure(args, work)
    if (name.includes('multiply')) loop = wallS
    const ratio = name.startsWith('control') ? '' : (wallS / loop).toFixed(1)
    console.log(
      `${name.padEnd(56)}${wallS.toFixed(2).padStart(9)}${cpuS.toFixed(2).padStart(9)}${rssMb.toFixed(0).padStart(9)}${ratio.padStart(13)}`,
    )
  }
}

const parts = {
  agreement: benchAgreement,
  backtest: benchBacktest,
  inference: benchInference,
  montecarlo: benchMonteCarlo,
  network: benchNetwork,
  rules: benchRules,
  memory: () => benchMemory(measure, work),
  processes: benchProcesses,
}
const asked = process.argv.slice(2)
for (const name of asked) if (!(name in parts)) throw new Error(`found ${name}, expected one of ${Object.keys(parts)}`)
console.log(`Node ${process.versions.node}, ${cpus().length} x ${cpus()[0].model}`)
async function bench() {
  for (const [name, run] of Object.entries(parts)) {
    if (asked.length > 0 && !asked.includes(name)) continue
    console.log(`\n${name}`)
    await run()
  }
  rmSync(work, { recursive: true, force: true })
}

bench()
