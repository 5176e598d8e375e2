// The simulated network: deliveries a second through the package's own doors, beside a bare loop over the same belief updates and a
// bare eventemitter3 loop in the same run; rounds with a coordinator; memory. Seconds are those of the process (all its threads), so
// that neighbours on the machine count for less. Ratios to the controls hold across machines; rates do not.
const { execFileSync } = require('node:child_process')
const { EventEmitter } = require('eventemitter3')
const { inProcess } = require('swarmvar/execute')
const { riskLevels, studyGrid } = require('swarmvar/forecast')
const { createWorld, parseLink } = require('swarmvar/network')
const { rootKey } = require('swarmvar/random')
const { ruleNamed } = require('swarmvar/rules')
const { COORDINATOR, coordinator } = require('swarmvar/swarm')

const AGENTS = 1000
const IN_FLIGHT = 10_000
const none = []

const nowMs = () => Number(process.hrtime.bigint()) / 1e6
function processMs() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
const median = values => Float64Array.from(values).sort()[Math.floor(values.length / 2)]
const line = (name, value, note = '') => console.log(`${name.padEnd(64)}${value.padStart(16)}  ${note}`)
const millions = perSecond => `${(perSecond / 1e6).toFixed(2)} M/s`

/** A normal-inverse-gamma belief about a stream of numbers (mean, strength, shape, rate): what each delivery updates. */
const openBelief = () => Float64Array.of(0, 1, 2, 1)
function absorb(belief, x) {
  const strength = belief[1] + 1
  const gap = x - belief[0]
  belief[0] += gap / strength
  belief[3] += (0.5 * belief[1] * gap * gap) / strength
  belief[1] = strength
  belief[2] += 0.5
  return belief[0] + belief[3] / belief[2]
}

const idOf = i => `agent-${String(i).padStart(6, '0')}`

/**
 * An agent that updates its belief by what it hears and writes to a peer of its own half. Every hundredth time it writes twice, which
 * makes up for what is lost on the way, and once across the partition, where nothing arrives.
 */
function talker(i, ids) {
  const half = ids.length >> 1
  const base = i < half ? 0 : half
  const spread = i < half ? half : ids.length - half
  const peer = state => {
    state.at = (state.at + 7919) % spread
    return ids[base + state.at]
  }
  return {
    init: () => ({ belief: openBelief(), at: i % spread, heard: 0 }),
    on(state, event) {
      const body = absorb(state.belief, event.body)
      const first = { kind: 'point', to: peer(state), topic: 'belief', body }
      if (++state.heard % 100 !== 0) return { state, send: [first], note: none, work: none }
      const second = { kind: 'point', to: peer(state), topic: 'belief', body }
      const lost = { kind: 'point', to: ids[(i + half) % ids.length], topic: 'belief', body }
      return { state, send: [first, second, lost], note: none, work: none }
    },
  }
}

const exponential = { kind: 'latency', distribution: 'exponential', meanMs: 10 }
const constant = { kind: 'latency', distribution: 'constant', meanMs: 10 }
const faultsOf = ids => [
  { kind: 'partition', groups: [ids.slice(0, ids.length >> 1)], fromMs: 0, toMs: 1e12 },
  { kind: 'loss', probability: 1 / 101 },
]

function openTalk(agents, inFlight, latency) {
  const ids = Array.from({ length: agents }, (_, i) => idOf(i))
  const nodes = new Map(ids.map((id, i) => [id, talker(i, ids)]))
  const links = [...faultsOf(ids), latency].map((spec, i) => parseLink(spec, ids, `links[${i}]`))
  const world = createWorld({ nodes, neighbours: {}, links, key: rootKey('bench'), executor: inProcess({}), subscriptions: {} })
  for (let i = 0; i < inFlight; i++) world.signal(i / inFlight, ids[i % agents], 'go', 0.1)
  return world
}

/** Median over stretches of deliveries a second, the first ones left out. */
async function talkRate(latency) {
  const world = openTalk(AGENTS, IN_FLIGHT, latency)
  const rates = []
  for (let k = 1; k <= 15; k++) {
    const [before, started] = [world.deliveries, processMs()]
    await world.run(k * 300)
    if (k > 3) rates.push(((world.deliveries - before) / (processMs() - started)) * 1000)
  }
  return median(rates)
}

/** The rate of the last of the worlds that run one after the other, in a process of its own. */
async function printRate(...latencies) {
  let rate = 0
  for (const latency of latencies) rate = await talkRate(latency)
  console.log(JSON.stringify(rate))
}

/** Calls a function of this file in a process of its own. */
function apart(name, ...args) {
  const call = `require(${JSON.stringify(__filename)}).${name}(...${JSON.stringify(args)})`
  return JSON.parse(execFileSync(process.execPath, ['--expose-gc', '-e', call], { encoding: 'utf8', cwd: __dirname }))
}

function bareLoop(count) {
  const beliefs = Array.from({ length: AGENTS }, openBelief)
  const rates = []
  for (let k = 0; k < 8; k++) {
    const started = processMs()
    let x = 0.1
    for (let i = 0, at = 0; i < count; i++) {
      x = absorb(beliefs[at], x)
      at = (at + 7919) % AGENTS
    }
    rates.push((count / (processMs() - started)) * 1000)
  }
  return median(rates)
}

function bareEmitter(count) {
  const emitters = Array.from({ length: AGENTS }, () => {
    const emitter = new EventEmitter()
    const belief = openBelief()
    emitter.on('event', event => {
      event.body = absorb(belief, event.body)
    })
    return emitter
  })
  const rates = []
  for (let k = 0; k < 8; k++) {
    const started = processMs()
    let body = 0.1
    for (let i = 0, at = 0; i < count; i++) {
      const event = { kind: 'message', from: 'x', topic: 'belief', body }
      emitters[at].emit('event', event)
      body = event.body
      at = (at + 7919) % AGENTS
    }
    rates.push((count / (processMs() - started)) * 1000)
  }
  return median(rates)
}

/** Reports a forecast that is ready, the day's first thing. */
function reporter(i) {
  const quantiles = studyGrid.map(level => (1 + 0.01 * i) * (level - 0.5) * 6)
  const shortfalls = riskLevels.map(level => 0.1 - quantiles[studyGrid.indexOf(level)])
  const forecast = { levels: studyGrid, quantiles, riskLevels, shortfalls }
  return {
    init: () => null,
    on(state, event) {
      if (event.kind !== 'signal') return { state, send: none, note: none, work: none }
      const body = { kind: 'report', day: event.body.day, forecast }
      return { state, send: [{ kind: 'point', to: COORDINATOR, topic: 'report', body }], note: none, work: none }
    },
  }
}

/** Real milliseconds of a round among 100 agents: opened, reported over 1 ms links, decided by the rules, told to everybody. */
async function roundMs(rules) {
  const ids = Array.from({ length: 100 }, (_, i) => idOf(i))
  const plan = {
    agents: ids,
    rules: rules.map(({ name, ...params }) => ({ label: name, rule: ruleNamed(name), params })),
    levels: { levels: studyGrid, riskLevels },
    deadlineMs: 100,
    quorum: ids.length,
  }
  const nodes = new Map(ids.map((id, i) => [id, reporter(i)])).set(COORDINATOR, coordinator(plan))
  const links = [parseLink({ kind: 'latency', distribution: 'constant', meanMs: 1 }, [...nodes.keys()], 'links[0]')]
  let decisions = 0
  const recorder = {
    delivered: () => undefined,
    noted(_atMs, _by, note) {
      if (note.kind === 'decision') decisions++
    },
  }
  const subscriptions = { decision: ids }
  const world = createWorld({
    nodes,
    neighbours: {},
    links,
    key: rootKey('round'),
    executor: inProcess({}),
    subscriptions,
    recorder,
  })
  const times = []
  const days = 600
  for (let day = 0; day < days; day++) {
    const started = nowMs()
    for (const id of [COORDINATOR, ...ids]) world.signal(day * 1000, id, 'day', { kind: 'day', day, returns: [0] })
    await world.run(day * 1000 + 999)
    times.push(nowMs() - started)
  }
  if (decisions !== days) throw new Error(`${decisions} decisions in ${days} rounds`)
  return median(times.slice(days / 3))
}

async function benchRounds() {
  for (const rules of [
    [{ name: 'median' }],
    [{ name: 'trimmedMean', f: 33 }],
    [{ name: 'median' }, { name: 'trimmedMean', f: 33 }],
  ]) {
    const ms = await roundMs(rules)
    line(`a round among 100 agents and a coordinator: ${rules.map(({ name }) => name).join(', ')}`, `${ms.toFixed(3)} ms`)
  }
}

/** In a process of its own: bytes in use after a collection, at the start, and when each of `times` has come; and the most it ever had. */
async function memoryOf(agents, inFlight, times) {
  const world = openTalk(agents, inFlight, exponential)
  const heapMb = []
  for (const untilMs of times) {
    await world.run(untilMs)
    global.gc()
    heapMb.push(process.memoryUsage().heapUsed / 1048576)
  }
  console.log(JSON.stringify({ heapMb, rssMb: process.resourceUsage().maxRSS / 1024, deliveries: world.deliveries }))
}

function benchMemory() {
  const empty = apart('memoryOf', 2, 2, [1])
  for (const agents of [1e3, 1e4, 1e5]) {
    const { heapMb, rssMb } = apart('memoryOf', agents, 2 * agents, [40])
    const each = ((heapMb[0] - empty.heapMb[0]) * 1048576) / agents
    const note = `${Math.round(each)} bytes an agent, with two messages each under way; peak RSS ${rssMb.toFixed(0)} MB`
    line(`memory, ${agents.toLocaleString('en')} agents`, `${heapMb[0].toFixed(1)} MB`, note)
  }
  const times = [200, 1000, 5000]
  const { heapMb, deliveries } = apart('memoryOf', AGENTS, IN_FLIGHT, times)
  const at = times.map((ms, i) => `${heapMb[i].toFixed(1)} MB at ${ms} ms`).join(', ')
  line('memory in virtual time, 1,000 agents', '', `${at}; ${deliveries.toLocaleString('en')} deliveries`)
}

async function benchNetwork() {
  const count = 400_000
  const loop = bareLoop(count)
  const emitter = bareEmitter(count)
  line('control: bare loop over belief updates', millions(loop))
  line('control: bare eventemitter3, one emitter an agent', millions(emitter))
  for (const [name, ...latencies] of [
    ['constant latency', constant],
    ['exponential latency', exponential],
    ['exponential latency, after another world', constant, exponential],
  ]) {
    const rate = apart('printRate', ...latencies)
    const note = `${(emitter / rate).toFixed(1)} emits or ${(loop / rate).toFixed(0)} updates each`
    line(`deliveries, loss, partition, ${name}`, millions(rate), note)
  }
  await benchRounds()
  benchMemory()
}

module.exports = { benchNetwork, memoryOf, openTalk, printRate }
if (require.main === module) benchNetwork()
