// The simulated network: deliveries a second through the package's own doors, beside a bare loop over the same belief updates and a
// bare eventemitter3 loop in the same run. Ratios to those controls hold across machines; rates do not.
const { EventEmitter } = require('eventemitter3')
const { inProcess } = require('swarmvar/execute')
const { createWorld, parseLink } = require('swarmvar/network')
const { rootKey } = require('swarmvar/random')

const AGENTS = 1000
const IN_FLIGHT = 10_000
const none = []

const nowMs = () => Number(process.hrtime.bigint()) / 1e6
const median = values => Float64Array.from(values).sort()[Math.floor(values.length / 2)]
const line = (name, value, note = '') => console.log(`${name.padEnd(64)}${value.padStart(16)}  ${note}`)
const millions = perSecond => `${(perSecond / 1e6).toFixed(2)} M/s`

/** A normal-inverse-gamma belief about a stream of numbers: what each delivery updates. */
const openBelief = () => ({ mean: 0, strength: 1, shape: 2, rate: 1 })
function absorb(belief, x) {
  const strength = belief.strength + 1
  const gap = x - belief.mean
  belief.rate += (0.5 * belief.strength * gap * gap) / strength
  belief.mean += gap / strength
  belief.strength = strength
  belief.shape += 0.5
  return belief.mean + belief.rate / belief.shape
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
  const peer = state => ids[base + (state.at = (state.at + 7919) % spread)]
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

/** Median over stretches of the rate of deliveries, the first ones left out. */
async function talkRate(latency, stretches = 12) {
  const world = openTalk(AGENTS, IN_FLIGHT, latency)
  const rates = []
  for (let k = 1; k <= stretches; k++) {
    const [before, started] = [world.deliveries, nowMs()]
    await world.run(k * 400)
    if (k > 3) rates.push(((world.deliveries - before) / (nowMs() - started)) * 1000)
  }
  return { rate: median(rates), perStretch: world.deliveries / stretches }
}

function bareLoop(count) {
  const beliefs = Array.from({ length: AGENTS }, openBelief)
  const rates = []
  for (let k = 0; k < 8; k++) {
    const started = nowMs()
    let x = 0.1
    for (let i = 0, at = 0; i < count; i++) {
      x = absorb(beliefs[at], x)
      at = (at + 7919) % AGENTS
    }
    rates.push((count / (nowMs() - started)) * 1000)
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
    const started = nowMs()
    let body = 0.1
    for (let i = 0, at = 0; i < count; i++) {
      const event = { kind: 'message', from: 'x', topic: 'belief', body }
      emitters[at].emit('event', event)
      body = event.body
      at = (at + 7919) % AGENTS
    }
    rates.push((count / (nowMs() - started)) * 1000)
  }
  return median(rates)
}

async function benchNetwork() {
  const count = 400_000
  const loop = bareLoop(count)
  const emitter = bareEmitter(count)
  line('control: bare loop over belief updates', millions(loop))
  line('control: bare eventemitter3, one emitter an agent', millions(emitter))
  for (const [name, latency] of [
    ['constant latency', constant],
    ['exponential latency', exponential],
  ]) {
    const { rate, perStretch } = await talkRate(latency)
    line(
      `deliveries, loss, partition, ${name}`,
      millions(rate),
      `${(emitter / rate).toFixed(1)} emits, ${(loop / rate).toFixed(0)} updates; ${Math.round(perStretch)} a stretch`,
    )
  }
}

module.exports = { benchNetwork, talkRate }
if (require.main === module) benchNetwork()
