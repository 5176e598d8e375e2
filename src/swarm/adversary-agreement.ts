import { childKey, type Key } from '../base/index.js'
import type { Forecast, Levels } from '../forecast/index.js'
import type { Id, Packet } from '../network/index.js'
import type { Lie } from './collusion.js'
import { ownValue, retold } from './liar.js'
import type { AgreementMessage, Body } from './messages.js'
import { forecastOf } from './participant.js'

// The adversary in an agreement without a coordinator. Puppets take part like honest agents, but the value that each tells as its own in
// a round is a lie made from the honest values of that round, as a report would be. It rushes: a puppet's value waits until every
// honest one of the round has been overheard, and to the end of that instant of virtual time at the most, so that no round closes
// without it. What puppets say of others stays true; of themselves they say what they told.

type Sent = Exclude<Packet<Body>, { kind: 'wake' }>

interface Held {
  readonly from: Id
  readonly packet: Sent
  readonly message: AgreementMessage
}

/** What has been said in a round of the day's agreement. */
interface AgreementRound {
  readonly honest: Map<Id, Forecast>
  held: Held[]
}

/** A day's agreement so far. */
export interface AgreementHeard {
  readonly rounds: Map<number, AgreementRound>
  /** What puppets with one story for all have told, by round and id. */
  readonly told: Map<string, Float64Array>
}

export const nothingHeard = (): AgreementHeard => ({ rounds: new Map(), told: new Map() })

/** Who takes part, in code-unit order, and who hears whom. */
export interface AgreementScene {
  readonly participants: readonly Id[]
  readonly neighbours: { readonly [id: Id]: readonly Id[] }
  readonly levels: Levels
}

const roundOf = (heard: AgreementHeard, round: number): AgreementRound => {
  const known = heard.rounds.get(round) ?? { honest: new Map(), held: [] }
  heard.rounds.set(round, known)
  return known
}

/** Notes an honest participant's own value; returns it as a forecast, or undefined for a message that tells none. */
export function hearValue(heard: AgreementHeard, from: Id, message: AgreementMessage, levels: Levels): Forecast | undefined {
  const value = ownValue(message)
  if (value === null || !('round' in message.body)) return undefined
  const forecast = forecastOf(value, levels)
  roundOf(heard, message.body.round).honest.set(from, forecast)
  return forecast
}

/**
 * Keeps a lying puppet's value back and says of which round; null for a message that tells none of its own.
 */
export function holdValue(heard: AgreementHeard, from: Id, packet: Sent, message: AgreementMessage): number | null {
  if (ownValue(message) === null || !('round' in message.body)) return null
  const { round } = message.body
  roundOf(heard, round).held.push({ from, packet, message })
  return round
}

/** How many honest values of the round are known, and whether puppets wait to tell theirs. */
export const waiting = (heard: AgreementHeard, round: number): { readonly honest: number; readonly isHeld: boolean } => {
  const known = heard.rounds.get(round)
  return { honest: known?.honest.size ?? 0, isHeld: (known?.held.length ?? 0) > 0 }
}

/** Every round in which puppets wait. */
export const heldRounds = ({ rounds }: AgreementHeard): number[] =>
  [...rounds].flatMap(([round, { held }]) => (held.length > 0 ? [round] : [])).sort((a, b) => a - b)

/**
 * The puppets' packets of a round: `lieOf` makes the lie of a puppet's coalition from the honest values of the round, null where
 * none is known, and then the puppet says its own value.
 */
export function speakValues(
  heard: AgreementHeard,
  round: number,
  scene: AgreementScene,
  lieOf: (puppet: Id, honest: ReadonlyMap<Id, Forecast>, key: Key) => { lie: Lie<Forecast>; isTwoFaced: boolean } | null,
  key: Key,
): Packet<Body>[] {
  const known = roundOf(heard, round)
  const { held, honest } = known
  known.held = []
  return held.flatMap(({ from, packet, message }): Packet<Body>[] => {
    const scheme = honest.size === 0 ? null : lieOf(from, honest, childKey(key, round))
    if (scheme === null) return [{ ...packet, as: from }]
    const say = (receiver: Id): Body | null => {
      const forecast = scheme.lie(from, receiver)
      return forecast === null ? null : retold(message, { kind: 'report', day: message.day, forecast })
    }
    if (packet.kind === 'point') return addressed(packet, from, packet.to, say(packet.to))
    if (!scheme.isTwoFaced) {
      const body = say('')
      if (body === null) return []
      const value = body.kind === 'agreement' ? ownValue(body) : null
      if (value !== null) heard.told.set(`${round} ${from}`, value)
      return [{ ...packet, body, as: from }]
    }
    const hearers = packet.kind === 'topic' ? scene.participants : (scene.neighbours[from] ?? [])
    return hearers.filter(to => to !== from).flatMap(to => addressed(packet, from, to, say(to)))
  })
}

const addressed = ({ topic }: Sent, as: Id, to: Id, body: Body | null): Packet<Body>[] =>
  body === null ? [] : [{ kind: 'point', to, topic, body, as }]

/** What a puppet says of all participants' values, with what it told in place of its own. */
export function withOwnStory(heard: AgreementHeard, from: Id, message: AgreementMessage, participants: readonly Id[]): Body {
  const { body } = message
  if (body.kind !== 'heard') return message
  const told = heard.told.get(`${body.round} ${from}`)
  if (told === undefined) return message
  const place = participants.indexOf(from)
  return { ...message, body: { ...body, stories: body.stories.map((story, i) => (i === place ? told : story)) } }
}
