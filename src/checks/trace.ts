import { AGREEMENT, DAY_MS, isFaultyOn, type Scenario, type Trace, type TraceEvent } from '../scenario/index.js'
import type { Violation } from './history.js'

// What a run promises, read from its Trace afterwards. Safety holds on every day, under any storm: events are in order, nobody
// reports or decides twice a day, decisions lie within the honest range as far as the rule or the protocol promises it, honest agents
// agree to within epsilon. Liveness holds once the network has healed and every agent has had a training day: each day is decided,
// with every honest agent's report.

/** Rules whose decision never leaves the honest range of a quantile while the faulty reports are within their bound (robust.md, P1). */
const withinHonestRange: readonly string[] = ['median', 'trimmedMean', 'trimmedMidpoint']

export interface TraceChecks {
  /** The first day on which everything works again; infinite where the scenario's own links lose or delay without limit. */
  readonly healedDay: number
  /** The faulty reports that the rule of a label tolerates among so many. */
  readonly bound: (label: string, reports: number) => number
  /** The command that replays the run. */
  readonly replay: string
}

type Complain = (property: string, event: Pick<TraceEvent, 'index' | 'atMs' | 'from'>, detail: string) => void

/** Every promise that a Trace breaks, in the order of its days. */
export function checkTrace(trace: Trace, checks: TraceChecks): readonly Violation[] {
  const found: Violation[] = []
  const complain: Complain = (property, { index, atMs, from }, detail) =>
    void found.push({ property, seed: trace.seed, eventIndex: index, atMs, who: from, detail, replay: checks.replay })
  checkOrder(trace, complain)
  const days: TraceEvent[][] = trace.days.map(() => [])
  for (const event of trace.events) days[event.day].push(event)
  days.forEach((events, day) => {
    checkOnce(events, complain)
    checkBlame(trace.scenario, day, events, complain)
    checkDecided(trace, day, events, checks, complain)
    if (trace.scenario.decision === undefined) checkHonestRange(trace.scenario, day, events, checks, complain)
    else checkAgreed(trace.scenario, events, complain)
    if (day >= checks.healedDay) checkLiveness(trace.scenario, day, events, complain)
  })
  return found
}

/** Events count up, and time never goes back. */
function checkOrder({ events }: Trace, complain: Complain): void {
  events.forEach((event, i) => {
    if (event.index !== i) complain('order', event, `event ${event.index} stands at place ${i}`)
    if (i > 0 && event.atMs < events[i - 1].atMs) complain('order', event, `is earlier than event ${i - 1}`)
  })
}

/** No agent's report is accepted twice a day, and no rule decides twice. */
function checkOnce(events: readonly TraceEvent[], complain: Complain): void {
  const seen = new Set<string>()
  for (const event of events) {
    if (event.kind !== 'report' && event.kind !== 'decision' && event.kind !== 'agreed') continue
    const what = event.kind === 'decision' ? `decision of ${event.rule}` : `${event.kind} of ${event.from}`
    if (seen.has(what)) complain('integrity', event, `a second ${what} on one day`)
    seen.add(what)
  }
}

/** No honest agent is convicted of telling two stories. */
function checkBlame({ agents }: Scenario, day: number, events: readonly TraceEvent[], complain: Complain): void {
  for (const event of events) {
    if (event.kind !== 'note' || event.note !== 'equivocated') continue
    const accused = agents.find(({ id }) => id === event.agent)
    const accuser = agents.find(({ id }) => id === event.from)
    if (accused === undefined || isFaultyOn(accused, day) || (accuser !== undefined && isFaultyOn(accuser, day))) continue
    complain('blame', event, `${event.agent} is honest, and convicted on day ${day}: ${event.detail}`)
  }
}

/** Every rule decides by the deadline of every day, or says what it lacked. */
function checkDecided(
  trace: Trace,
  day: number,
  events: readonly TraceEvent[],
  { healedDay }: TraceChecks,
  complain: Complain,
): void {
  const { decision, network } = trace.scenario
  for (const rule of Object.keys(trace.ensemble)) {
    const own = events.find(event => event.kind === 'decision' && event.rule === rule)
    const isExcused = decision === undefined ? noted(events, 'too-few-reports') || noted(events, 'rule-failed') : day < healedDay
    const at = { index: -1, atMs: day * DAY_MS, from: rule }
    if (own === undefined && !isExcused) complain('termination', at, `${rule} has no decision on day ${day}`)
    if (own !== undefined && decision === undefined && own.atMs > day * DAY_MS + network.deadlineMs)
      complain('termination', own, `decided after the deadline of ${network.deadlineMs} ms`)
  }
}

const noted = (events: readonly TraceEvent[], kind: string): boolean =>
  events.some(event => event.kind === 'note' && event.note === kind)

const risksOf = (event: TraceEvent): readonly number[] => event.var as readonly number[]

/** A decision lies within what the honest reports of the day say, level by level, while the faulty ones are within the rule's bound. */
function checkHonestRange(
  { agents, rules }: Scenario,
  day: number,
  events: readonly TraceEvent[],
  { bound }: TraceChecks,
  complain: Complain,
): void {
  const reports = events.filter(({ kind }) => kind === 'report')
  const honest = reports.filter(({ from }) => !isFaultyOn(agents.find(({ id }) => id === from)!, day))
  if (honest.length === 0) return
  for (const event of events) {
    if (event.kind !== 'decision' || event.carried === true) continue
    const label = String(event.rule)
    const isPromised =
      rules.some(({ name, preaggregate }) => name === label && preaggregate === undefined) && withinHonestRange.includes(label)
    if (!isPromised || reports.length - honest.length > bound(label, reports.length)) continue
    risksOf(event).forEach((x, i) => {
      const [low, high] = extremes(honest.map(report => risksOf(report)[i]))
      if (x < low || x > high)
        complain('validity', event, `a VaR of ${x} by ${label}, not from ${low} to ${high} as the honest say`)
    })
  }
}

const extremes = (values: readonly number[]): [number, number] => [
  values.reduce((a, b) => Math.min(a, b)),
  values.reduce((a, b) => Math.max(a, b)),
]

/** Honest values never leave the range of the round before, the inputs at first; what is decided is within epsilon. */
function checkAgreed({ decision }: Scenario, events: readonly TraceEvent[], complain: Complain): void {
  let before: TraceEvent | undefined
  for (const event of events) {
    if (event.kind === 'round') {
      if (before !== undefined) {
        checkNested(before, event, complain)
        if (decision!.protocol !== 'wMsr') checkHalved(before, event, decision!.range, complain)
      }
      before = event
    }
    if (event.kind !== 'decision') continue
    const spread = Number(event.spread)
    if (decision!.protocol !== 'wMsr' && spread > decision!.epsilon * (1 + ROUNDING))
      complain('agreement', event, `decisions are ${spread} apart, more than ${decision!.epsilon}`)
  }
}

const ROUNDING = 1e-9

/** Midpoints halve the spread of as many honest agents as before; inputs may be fewer than agents. */
function checkHalved(before: TraceEvent, event: TraceEvent, range: number, complain: Complain): void {
  if (before.agents !== event.agents || Number(before.round) === 0) return
  const [was, is] = [Number(before.spread), Number(event.spread)]
  if (is > was / 2 + 1e-14 * range)
    complain('contraction', event, `round ${event.round} leaves a spread of ${is}, the one before of ${was}`)
}

function checkNested(before: TraceEvent, event: TraceEvent, complain: Complain): void {
  const [low, high] = [event.low, event.high] as readonly (readonly number[])[]
  const [lowBefore, highBefore] = [before.low, before.high] as readonly (readonly number[])[]
  low.forEach((x, i) => {
    const slack = ROUNDING * Math.max(Math.abs(lowBefore[i]), Math.abs(highBefore[i]))
    if (x < lowBefore[i] - slack || high[i] > highBefore[i] + slack)
      complain(
        'honest range',
        event,
        `round ${event.round} goes from ${x} to ${high[i]}, the round before from ${lowBefore[i]} to ${highBefore[i]}`,
      )
  })
}

/** In a healed network every honest agent is heard, and understood. */
function checkLiveness(
  { agents, decision, network }: Scenario,
  day: number,
  events: readonly TraceEvent[],
  complain: Complain,
): void {
  const waitsForAll = network.quorum === agents.length
  for (const event of events) {
    if (event.kind !== 'note') continue
    const spec = agents.find(({ id }) => id === event.agent)
    const isLost = (event.note === 'missing' && waitsForAll) || event.note === 'malformed'
    if (isLost && spec !== undefined && !isFaultyOn(spec, day))
      complain('liveness', event, `${event.agent} is honest, and its report of day ${day} is ${event.note}`)
    if (event.note === 'undecided' && decision !== undefined && event.from === AGREEMENT)
      complain('liveness', event, `on day ${day} honest agents have no decision: ${event.detail}`)
  }
}
