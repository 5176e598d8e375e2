import { assert, childKey, type Key } from '../base/index.js'
import { type Forecast, parseForecast } from '../forecast/index.js'
import type { Belief } from '../inference/index.js'
import type { Id, Node, Packet, Step } from '../network/index.js'
import { hearValue, heldRounds, holdValue, nothingHeard, speakValues, waiting, withOwnStory } from './adversary-agreement.js'
import { type AdversaryPlan, type AdversaryState, type Coalition, openState } from './adversary-state.js'
import type { Lie, Round } from './collusion.js'
import { type AgreementMessage, type Body, COORDINATOR, type DayBody, type PosteriorBody, type ReportBody } from './messages.js'

// The adversary: one mind for all agents that collude. The world tells it what anybody sends, in that instant, and lets nobody
// hear what its puppets send themselves.
// Omniscient: it knows every honest report and posterior of the day, its puppets' own, the decisions, and the returns up to the
// day before; not the day's return, which nobody knows.
// Rushing: posteriors are told half-way between the end of a training and the pooling; reports in the instant in which it has
// overheard every honest agent's, or as many reports of others as make up the coordinator's quorum with its puppets'; at three
// quarters of the deadline at the latest, which leaves its links the last quarter. They travel over the puppets' own links: over
// links that take all packets equally long they arrive after the reports that they were made from.
// Where no coordinator decides, it lies in every round of the agreement: see adversary-agreement.ts.
// Outside its days a puppet is honest: what it sends goes on its way as it is.

type Send = Packet<Body>[]
type Sent = Exclude<Packet<Body>, { kind: 'wake' }>

export function adversary(plan: AdversaryPlan): Node<AdversaryState, Body> {
  const { coalitions } = plan
  const members = coalitions.flatMap(coalition => coalition.members)
  const puppets = new Set(members.map(({ id }) => id))
  const honest = new Set(plan.honest)
  const memoryDays = Math.max(1, ...coalitions.map(coalition => coalition.memoryDays))
  /** Whose word is honest today: that of puppets outside their days too. */
  const isHonest = ({ liars }: AdversaryState, id: Id): boolean => honest.has(id) || (puppets.has(id) && !liars.has(id))

  /** What is known now, as the puppets of one coalition use it. */
  function roundOf(state: AdversaryState, speakers: readonly Id[], told: ReadonlyMap<Id, Forecast>): Round {
    const { day, liars, decisions, returns, past } = state
    const reports = (test: (id: Id) => boolean) => wellFormedOnly(sortedMap(state.reports, test))
    return {
      day,
      puppets: speakers,
      honest: reports(id => isHonest(state, id)),
      beliefs: sortedMap(state.beliefs, id => isHonest(state, id)),
      others: sortedMap(new Map([...reports(id => !isHonest(state, id) && !puppets.has(id)), ...told]), () => true),
      truths: reports(id => liars.has(id)),
      ownBeliefs: sortedMap(state.beliefs, id => liars.has(id)),
      decisions,
      returns,
      past,
    }
  }

  function open(state: AdversaryState, { day, returns }: DayBody, now: number, key: Key): Send {
    if (state.day >= 0) state.past.push({ ...roundOf(state, [], new Map()), returns: [], past: [] })
    if (state.past.length > memoryDays) state.past.shift()
    Object.assign(state, {
      day,
      openedMs: now,
      liars: new Set(members.filter(({ fromDay, toDay }) => fromDay <= day && day <= toDay).map(({ id }) => id)),
      heard: 0,
      heardHonest: 0,
      reports: new Map(),
      beliefs: new Map(),
      isPosteriorsDue: false,
      hasReported: false,
      agreement: nothingHeard(),
      key,
    } satisfies Partial<AdversaryState>)
    for (const ret of returns) state.returns.push(ret)
    return state.liars.size === 0 || plan.participants !== undefined
      ? []
      : [{ kind: 'wake', name: `report ${day}`, afterMs: LATEST * plan.deadlineMs }]
  }

  /** Notes what was sent; a puppet outside its days, and whatever has nothing to do with risk, goes on its way. */
  function overhear(state: AdversaryState, from: Id, packet: Sent, now: number, key: Key): Send {
    const { body } = packet
    const { day } = state
    if (from === COORDINATOR && body.kind === 'decision') state.decisions = body.rules
    if (body.kind === 'agreement' && body.day === day) return participate(state, from, packet, body)
    const isStory = (body.kind === 'report' || body.kind === 'posterior') && body.day === day
    const send: Send = puppets.has(from) && !(isStory && state.liars.has(from)) ? [{ ...packet, as: from }] : []
    if (!isStory) return send
    if (body.kind === 'posterior') return [...send, ...believed(state, from, body, now)]
    if (!state.reports.has(from) && !state.liars.has(from)) {
      state.heard++
      if (isHonest(state, from)) state.heardHonest++
    }
    const parsed = parseForecast(body.forecast, plan.levels)
    state.reports.set(from, parsed.ok ? parsed.forecast : null)
    return isTimeToReport(state) ? [...send, ...report(state, key)] : send
  }

  function participate(state: AdversaryState, from: Id, packet: Sent, message: AgreementMessage): Send {
    const { agreement, liars, day } = state
    if (!liars.has(from)) {
      const send: Send = puppets.has(from) ? [{ ...packet, as: from }] : []
      const forecast = isHonest(state, from) ? hearValue(agreement, from, message, plan.levels) : undefined
      if (forecast === undefined || !('round' in message.body)) return send
      const { round } = message.body
      if (round === 1) state.reports.set(from, forecast)
      return [...send, ...(isRoundComplete(state, round) ? speak(state, round) : [])]
    }
    const round = holdValue(agreement, from, packet, message)
    if (round === null) return [{ ...packet, body: withOwnStory(agreement, from, message, plan.participants ?? []), as: from }]
    if (isRoundComplete(state, round)) return speak(state, round)
    return [{ kind: 'wake', name: `agreement ${day}`, afterMs: 0 }]
  }

  function isRoundComplete({ agreement, liars }: AdversaryState, round: number): boolean {
    const known = waiting(agreement, round)
    return known.isHeld && known.honest === honest.size + members.length - liars.size
  }

  /** The values of all puppets that wait to tell theirs of a round. */
  function speak(state: AdversaryState, round: number): Send {
    const scene = { participants: plan.participants ?? [], neighbours: plan.neighbours, levels: plan.levels }
    const lies = new Map<Coalition, { lie: Lie<Forecast>; isTwoFaced: boolean }>()
    const lieOf = (puppet: Id, values: ReadonlyMap<Id, Forecast>, roundKey: Key) => {
      const coalition = coalitions.find(one => one.members.some(({ id }) => id === puppet))
      assert(coalition !== undefined, 'every puppet is in a coalition')
      const speakers = coalition.members.map(({ id }) => id).filter(id => state.liars.has(id))
      const known = { ...roundOf(state, speakers, new Map()), honest: sortedMap(values, () => true) }
      const own = childKey(roundKey, coalitions.indexOf(coalition))
      const told = lies.get(coalition) ?? { lie: coalition.scheme.report(known, own), isTwoFaced: coalition.isTwoFaced }
      lies.set(coalition, told)
      return told
    }
    return speakValues(state.agreement, round, scene, lieOf, childKey(state.key, 'agreement'))
  }

  function believed(state: AdversaryState, from: Id, { belief }: PosteriorBody, now: number): Send {
    state.beliefs.set(from, belief)
    if (state.isPosteriorsDue || !state.liars.has(from)) return []
    state.isPosteriorsDue = true
    const atMs = state.openedMs + (plan.trainMs + plan.shareMs) / 2
    return [{ kind: 'wake', name: `posterior ${state.day}`, afterMs: Math.max(0, atMs - now) }]
  }

  function isTimeToReport({ liars, heard, heardHonest, hasReported }: AdversaryState): boolean {
    if (hasReported || liars.size === 0 || heardHonest === 0) return false
    return heard >= plan.quorum - liars.size || heardHonest === honest.size + members.length - liars.size
  }

  function report(state: AdversaryState, key: Key): Send {
    state.hasReported = true
    const told = new Map<Id, Forecast>()
    return coalitions.flatMap((coalition, i) => {
      const speakers = coalition.members.map(({ id }) => id).filter(id => state.liars.has(id))
      const round = roundOf(state, speakers, told)
      if (speakers.length === 0 || round.honest.size === 0) return []
      const lie = coalition.scheme.report(round, childKey(childKey(key, 'report'), i))
      return speakers.flatMap((as): Send => {
        const forecast = lie(as, COORDINATOR)
        if (forecast === null) return []
        const parsed = parseForecast(forecast, plan.levels)
        if (parsed.ok) told.set(as, parsed.forecast)
        const body: ReportBody = { kind: 'report', day: state.day, forecast }
        return [{ kind: 'point', to: COORDINATOR, topic: 'report', body, as }]
      })
    })
  }

  function publish(state: AdversaryState, key: Key): Send {
    return coalitions.flatMap(({ scheme, isTwoFaced, members: all }, i) => {
      const speakers = all.map(({ id }) => id).filter(id => state.liars.has(id) && state.beliefs.has(id))
      if (speakers.length === 0) return []
      const lie = scheme.belief(roundOf(state, speakers, new Map()), childKey(childKey(key, 'posterior'), i))
      return speakers.flatMap(as => stories(state.day, as, lie, isTwoFaced ? (plan.neighbours[as] ?? []) : null))
    })
  }

  return {
    init: openState,
    on(state, event, now, key): Step<AdversaryState, Body> {
      const step = (send: Send): Step<AdversaryState, Body> => ({ state, send, note: [], work: [] })
      if (event.kind === 'signal' && event.body.kind === 'day') return step(open(state, event.body, now, key))
      if (event.kind === 'overheard') {
        assert(event.packet.kind !== 'wake', 'nobody overhears wake-ups')
        return step(overhear(state, event.from, event.packet, now, key))
      }
      if (event.kind !== 'wake') return step([])
      if (event.name === `agreement ${state.day}`) return step(heldRounds(state.agreement).flatMap(round => speak(state, round)))
      if (event.name === `posterior ${state.day}`) return step(publish(state, key))
      return step(event.name === `report ${state.day}` && !state.hasReported ? report(state, key) : [])
    },
  }
}

/** The share of the deadline after which the adversary waits for nobody. */
const LATEST = 0.75

/** One story for all neighbours, or one for each. */
function stories(day: number, as: Id, lie: Lie<Belief>, receivers: readonly Id[] | null): Send {
  const body = (belief: Belief): PosteriorBody => ({ kind: 'posterior', day, belief })
  if (receivers === null) {
    const belief = lie(as, '')
    return belief === null ? [] : [{ kind: 'broadcast', topic: 'posterior', body: body(belief), as }]
  }
  return receivers.flatMap((to): Send => {
    const belief = lie(as, to)
    return belief === null ? [] : [{ kind: 'point', to, topic: 'posterior', body: body(belief), as }]
  })
}

const sortedMap = <Value>(map: ReadonlyMap<Id, Value>, test: (id: Id) => boolean): Map<Id, Value> =>
  new Map([...map].filter(([id]) => test(id)).sort(([a], [b]) => (a < b ? -1 : 1)))

const wellFormedOnly = (map: ReadonlyMap<Id, Forecast | null>): Map<Id, Forecast> =>
  new Map([...map].filter((entry): entry is [Id, Forecast] => entry[1] !== null))
