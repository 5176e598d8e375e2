// Memory of whole runs, each in a process of its own: streamed to disk and in memory, over days and over agents. Cheap agents,
// a market of given returns. Live: the most that is left (heap and array buffers) by collections at every tenth of the days.
// Peak: resident memory of the process, in which V8 lets garbage pile up as long as there is room.
const { join } = require('node:path')

const root = join(__dirname, '..', '..')
const dist = name => JSON.stringify(join(root, 'dist', ...name))

/** A script that runs so many agents over so many days and prints nothing; the process tells its own peak. */
const script = ({ agents, days, folder }) => `
const { defineScenario, run } = require(${dist(['index.js'])})
const { streamRun } = require(${dist(['report', 'index.js'])})
const names = ['ewma', 'historicalSimulation']
const window = 250
let state = 1
const uniform = () => (state = (state * 48271) % 2147483647) / 2147483647
const returns = Array.from({ length: window + ${days} }, () => uniform() + uniform() + uniform() - 1.5)
const scenario = defineScenario({
  name: 'memory',
  market: { returns },
  window,
  days: ${days},
  agents: Array.from({ length: ${agents} }, (_, i) => ({ id: 'agent-' + i, model: { name: names[i % 2] } })),
  rules: [{ name: 'mean' }, { name: 'median' }],
})
const folder = ${JSON.stringify(folder)}
globalThis.measured = { liveMb: 0 }
const onDay = (done, total) => {
  if (done % Math.ceil(total / 10) > 0) return
  gc()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  measured.liveMb = Math.max(measured.liveMb, (heapUsed + arrayBuffers) / 1e6)
}
const ran = folder === null ? run(scenario, { onDay }) : streamRun(scenario, { folder, onDay })
ran.catch(error => { console.error(error); process.exit(1) })`

const sizes = [
  { agents: 10, days: 100 },
  { agents: 10, days: 1000 },
  { agents: 10, days: 4000 },
  { agents: 10, days: 16000 },
  { agents: 100, days: 100 },
  { agents: 1000, days: 100 },
]

function benchMemory(measure, work) {
  const line = (...cells) => console.log(cells.map(cell => cell.padStart(9)).join(''))
  line('', '', 'streamed', '', '', 'in memory', '', '')
  line('agents', 'days', 'live MB', 'peak MB', 'wall s', 'live MB', 'peak MB', 'wall s')
  for (const size of sizes) {
    const of = folder => {
      const { liveMb, rssMb, wallS } = measure(['--expose-gc', '-e', script({ ...size, folder })], work)
      return [liveMb.toFixed(1), rssMb.toFixed(0), wallS.toFixed(1)]
    }
    line(String(size.agents), String(size.days), ...of(join(work, `streamed-${size.agents}-${size.days}`)), ...of(null))
  }
}

module.exports = { benchMemory }
