// Agreement without a coordinator among 31, 10 of them two-faced and rushing, on vectors as long as a forecast: virtual and real
// milliseconds to the last honest decision. The adversary's own work is in the real ones.
const { inProcess } = require('swarmvar/execute')
const { asynchronousAgreement, createWorld, parseLink, synchronousAgreement } = require('swarmvar/network')
const { rootKey } = require('swarmvar/random')

const N = 31
const F = 10
const DIMENSION = 44
// Values within [-500, 500]: a range of 1000, and 20 halvings to a thousandth.
const RANGE = 500
const EPSILON = 1e-3
const none = []

const nowMs = () => Number(process.hrtime.bigint()) / 1e6
const median = values => Float64Array.from(values).sort()[Math.floor(values.length / 2)]
const line = (name, value, note = '') => console.log(`${name.padEnd(58)}${value.padStart(14)}  ${note}`)

const ids = Array.from({ length: N }, (_, i) => `agent-${String(i).padStart(2, '0')}`)
const honest = ids.slice(0, N - F)
const faulty = ids.slice(N - F)
const silent = { init: () => null, on: state => ({ state, send: none, note: none, work: none }) }
const plan = { ids, f: F, dimension: DIMENSION, epsilon: EPSILON, range: RANGE }

/** Honest values in two halves as far apart as they may be, each a little different. */
const inputOf = i => Float64Array.from({ length: DIMENSION }, (_, j) => (i % 2 === 0 ? -RANGE : RANGE - 1) + (i * 44 + j) / 1364)

/**
 * When all honest participants have told their values of a round, each puppet tells the lower half of them the lowest and the upper
 * half the highest value there may be: the worst for midpoints. In the asynchronous protocol all puppets vote for both stories.
 */
function twoFaced(kind) {
  const low = new Float64Array(DIMENSION).fill(-RANGE)
  const high = new Float64Array(DIMENSION).fill(RANGE)
  const point = (as, to, body) => ({ kind: 'point', to, topic: 'agreement', body, as })

  function tell(values, round) {
    const ordered = [...values.keys()].sort((a, b) => values.get(a)[0] - values.get(b)[0])
    return ordered.flatMap((to, i) => {
      const value = i < ordered.length / 2 ? low : high
      const told = faulty.map(as => point(as, to, { kind, round, value }))
      if (kind === 'value') return told
      const votes = faulty.flatMap(as =>
        faulty.flatMap(of => ['echo', 'ready'].map(vote => point(as, to, { kind: vote, round, of, value }))),
      )
      return [...told, ...votes]
    })
  }

  return {
    init: () => new Map(),
    on(rounds, { kind: what, from, packet }) {
      if (what !== 'overheard' || packet.kind === 'wake' || packet.body.kind !== kind)
        return { state: rounds, send: none, note: none, work: none }
      const { round, value } = packet.body
      if (!rounds.has(round)) rounds.set(round, new Map())
      const values = rounds.get(round)
      values.set(from, value)
      return { state: rounds, send: values.size === honest.length ? tell(values, round) : none, note: none, work: none }
    },
  }
}

async function meet(node, kind) {
  const decisions = new Map()
  let decidedMs = 0
  const recorder = {
    delivered: () => undefined,
    noted(atMs, by, note) {
      if (note.kind !== 'decided') return
      decisions.set(by, note.data.value)
      decidedMs = atMs
    },
  }
  const started = nowMs()
  const cpu = process.cpuUsage()
  const world = createWorld({
    nodes: {
      ...Object.fromEntries(honest.map(id => [id, node])),
      ...Object.fromEntries(faulty.map(id => [id, silent])),
      adversary: twoFaced(kind),
    },
    neighbours: {},
    subscriptions: { agreement: ids },
    links: [parseLink({ kind: 'latency', distribution: 'constant', meanMs: 1 }, ids, 'links[0]')],
    key: rootKey('bench'),
    executor: inProcess({}),
    adversary: { id: 'adversary', corrupts: new Set(faulty) },
    recorder,
  })
  honest.forEach((id, i) => {
    world.signal(0, id, 'agreement', { kind: 'input', value: inputOf(i) })
  })
  await world.run()
  const realMs = nowMs() - started
  const { user, system } = process.cpuUsage(cpu)
  const cpuMs = (user + system) / 1000
  const values = honest.map(id => decisions.get(id))
  if (values.some(value => value === undefined)) throw new Error('an honest participant never decided')
  const spread = j => Math.max(...values.map(value => value[j])) - Math.min(...values.map(value => value[j]))
  const apart = Math.max(...Array.from({ length: DIMENSION }, (_, j) => spread(j)))
  if (!(apart <= EPSILON)) throw new Error(`decisions are ${apart} apart`)
  return { realMs, cpuMs, decidedMs, apart, deliveries: world.deliveries }
}

async function report(name, node, kind, count, target = '') {
  const runs = []
  for (let i = 0; i < count; i++) runs.push(await meet(node(), kind))
  const { decidedMs, apart, deliveries } = runs[0]
  const times = runs.map(({ realMs }) => realMs)
  line(`${name}: virtual`, `${decidedMs.toFixed(0)} ms`, `${deliveries} deliveries, ${apart.toExponential(1)} apart ${target}`)
  line(
    `${name}: real, median of ${count}`,
    `${median(times).toFixed(1)} ms`,
    `least ${Math.min(...times).toFixed(1)}, median of CPU time ${median(runs.map(({ cpuMs }) => cpuMs)).toFixed(1)} ${target}`,
  )
}

async function benchAgreement() {
  line(`${N} agents, f = ${F}, d = ${DIMENSION}, links of 1 ms`, '', `epsilon ${EPSILON} of a range of ${2 * RANGE}`)
  await report(
    'synchronous, trimmed midpoint',
    () => synchronousAgreement({ ...plan, roundMs: 1 }),
    'value',
    25,
    '(target < 100)',
  )
  await report(
    'synchronous, every round compared',
    () => synchronousAgreement({ ...plan, roundMs: 1, compare: 'every' }),
    'value',
    9,
  )
  await report('asynchronous, with witnesses', () => asynchronousAgreement(plan), 'send', 3)
}

module.exports = { benchAgreement }
