// Storms of the agreement protocols on all cores, from dist/ (`npm run build` first): many seeds, every promise checked.
//
//   node scripts/storm-protocols.cjs                                       10,000 seeds of each protocol, f = 1, 2, 3, n = 3f + 1
//   node scripts/storm-protocols.cjs wMsr asynchronous --seeds 1000        fewer seeds, of some protocols
//   node scripts/storm-protocols.cjs broadcast --n 4 --f 1 --seed storm-7  one storm, as a violation's replay command says
//
// Exit 1 when a promise was broken. --n and --f together choose one group; --unsafe goes beyond the bound.
const { availableParallelism } = require('node:os')
const { join } = require('node:path')
const { parseArgs } = require('node:util')

const dist = room => require(join(__dirname, '..', 'dist', room))
const { stormJobsModule, stormProtocol, stormProtocols } = dist('checks')
const { threads } = dist('execute')

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '10000' },
    seed: { type: 'string' },
    n: { type: 'string' },
    f: { type: 'string' },
    unsafe: { type: 'boolean', default: false },
    thresholds: { type: 'string' },
    prefix: { type: 'string', default: 'storm-' },
    workers: { type: 'string', default: String(availableParallelism()) },
  },
})
const protocols = positionals.length > 0 ? positionals : stormProtocols
for (const name of protocols) {
  if (!stormProtocols.includes(name)) throw new Error(`found ${name}, expected one of ${stormProtocols.join(', ')}`)
}
const [echoes, amplify, deliver] = (values.thresholds ?? '').split(',').map(Number)
const more = { unsafe: values.unsafe, ...(values.thresholds === undefined ? {} : { thresholds: { echoes, amplify, deliver } }) }
const sizes = values.n === undefined ? [1, 2, 3].map(f => ({ n: 3 * f + 1, f })) : [{ n: Number(values.n), f: Number(values.f) }]

async function one(protocol) {
  const result = await stormProtocol({ protocol, ...sizes[0], seed: values.seed, ...more })
  console.log(JSON.stringify(result, null, 2))
  return result.violations.length
}

async function many() {
  const executor = threads({ workers: Number(values.workers), jobsModule: stormJobsModule })
  const count = Number(values.seeds)
  const chunk = 100
  let violated = 0
  console.log(
    `${'protocol'.padEnd(14)}${'n'.padStart(4)}${'f'.padStart(4)}${'storms'.padStart(9)}${'violated'.padStart(10)}${'deliveries'.padStart(14)}${'seconds'.padStart(9)}`,
  )
  for (const protocol of protocols) {
    for (const size of sizes) {
      const started = process.hrtime.bigint()
      const inputs = []
      for (let from = 0; from < count; from += chunk)
        inputs.push({ protocol, ...size, ...more, prefix: values.prefix, from, to: Math.min(count, from + chunk) })
      const total = { storms: 0, violated: 0, deliveries: 0, violations: [] }
      for await (const part of executor.map('storms', inputs)) {
        for (const name of ['storms', 'violated', 'deliveries']) total[name] += part[name]
        total.violations.push(...part.violations)
      }
      const seconds = Number(process.hrtime.bigint() - started) / 1e9
      const cells = [
        [size.n, 4],
        [size.f, 4],
        [total.storms, 9],
        [total.violated, 10],
        [total.deliveries, 14],
        [seconds.toFixed(1), 9],
      ]
      console.log(protocol.padEnd(14) + cells.map(([cell, width]) => String(cell).padStart(width)).join(''))
      for (const { property, who, detail, replay } of total.violations.slice(0, 3))
        console.log(`  ${property}: ${detail} (${who})\n    ${replay}`)
      violated += total.violated
    }
  }
  await executor.close()
  return violated
}

const work = values.seed === undefined ? many() : one(protocols[0])
work.then(violated => {
  if (violated > 0) process.exitCode = 1
})
