import { nextInteger, nextUniform, type Stream } from '../../base/index.js'
import type { AgreementBody, Id, Packet, Value } from '../../network/index.js'
import { nonsense } from './nonsense.js'
import { type StormPlan, shuffle } from './plan.js'

/** What the adversary knows when it speaks for a puppet. */
export interface Sight {
  readonly plan: StormPlan
  readonly puppet: Id
  readonly puppets: readonly Id[]
  /** Everybody but the puppet. */
  readonly others: readonly Id[]
  /** Who is told low, of the others: those whose own values of the round are low, as far as they are known. */
  readonly lowSide: ReadonlySet<Id>
  readonly low: Value
  readonly high: Value
  /** Some of what anybody has said lately. */
  readonly memory: readonly AgreementBody[]
  /** How many packets the puppet would have sent by now. */
  readonly count: number
  readonly stream: Stream
  /** Drawn once a puppet, for strategies that keep to something. */
  readonly habit: { readonly crashAt: number; readonly favoured: ReadonlySet<Id> }
}

/** What a puppet sends when an honest participant in its place would send `body`; and, where it is given, how much later. */
export type Strategy = (sight: Sight, body: AgreementBody) => readonly Packet<AgreementBody>[]

const topic = 'agreement'

const toAll = ({ puppet, plan }: Sight, body: AgreementBody): Packet<AgreementBody> => ({
  kind: plan.local ? 'broadcast' : 'topic',
  topic,
  body,
  as: puppet,
})

/** A body for each receiver; where all neighbours hear the same, the first one's for all. */
function toEach(
  sight: Sight,
  receivers: readonly Id[],
  body: (to: Id) => AgreementBody,
  as = sight.puppet,
): Packet<AgreementBody>[] {
  if (sight.plan.local) return receivers.length === 0 ? [] : [toAll(sight, body(receivers[0]))]
  return receivers.map(to => ({ kind: 'point', to, topic, body: body(to), as }))
}

/** The same statement with another value in it. */
function withValue({ plan, stream }: Sight, body: AgreementBody, value: Value): AgreementBody {
  if (body.kind === 'heard') return { ...body, stories: body.stories.map(story => story && value) }
  if (body.kind === 'report') return { ...body, senders: shuffle(stream, plan.ids).slice(0, body.senders.length) }
  return body.kind === 'start' ? body : { ...body, value }
}

const isNews = (body: AgreementBody): boolean => body.kind === 'value' || body.kind === 'send'

function anyValue({ plan, stream, low, high }: Sight): Value {
  const { dimension, range } = plan
  const kind = nextInteger(stream, 4)
  if (kind === 0) return low
  if (kind === 1) return high
  const end = nextUniform(stream) < 0.5 ? -range : range
  return Float64Array.from({ length: dimension }, () => (kind === 2 ? end : range * (2 * nextUniform(stream) - 1)))
}

const sideOf = ({ lowSide, low, high }: Sight, to: Id): Value => (lowSide.has(to) ? low : high)

const honest: Strategy = (sight, body) => [toAll(sight, body)]

const silent: Strategy = () => []

/** Some packets, the last of them to some only, and then nothing. */
const crash: Strategy = (sight, body) => {
  const { count, habit } = sight
  if (count < habit.crashAt) return [toAll(sight, body)]
  return count > habit.crashAt || sight.plan.local ? [] : toEach(sight, [...habit.favoured], () => body)
}

/** Speaks to some only. */
const partial: Strategy = (sight, body) => {
  if (sight.plan.local) return nextUniform(sight.stream) < 0.5 ? [toAll(sight, body)] : []
  return toEach(sight, [...sight.habit.favoured].sort(), () => body)
}

/** Anything well-formed, something else for everyone. */
const garbage: Strategy = (sight, body) => toEach(sight, sight.others, () => withValue(sight, body, anyValue(sight)))

/** Anything at all, before or after what is right or instead of it. */
const malformed: Strategy = (sight, body) => {
  const { stream, plan } = sight
  const rubbish = toEach(sight, sight.others, () => nonsense(stream, plan, body) as AgreementBody)
  const right = nextUniform(stream) < 0.5 ? [toAll(sight, body)] : []
  return nextUniform(stream) < 0.5 ? [...rubbish, ...right] : [...right, ...rubbish]
}

/** Low values for those who are low, high ones for the others: the worst there is for midpoints. */
const twoFaced: Strategy = (sight, body) => toEach(sight, sight.others, to => withValue(sight, body, sideOf(sight, to)))

/** Of its own value, two stories with everybody's echoes and readys to match; of others' values what is right. */
const split: Strategy = (sight, body) => {
  const { others, puppet, puppets } = sight
  if (body.kind === 'echo' || body.kind === 'ready') return puppets.includes(body.of) ? [] : [toAll(sight, body)]
  const told = twoFaced(sight, body)
  if (body.kind !== 'send') return told
  const votes = puppets.flatMap(as =>
    (['echo', 'ready'] as const).flatMap(kind =>
      toEach(sight, others, to => ({ kind, round: body.round, of: puppet, value: sideOf(sight, to) }), as),
    ),
  )
  return [...told, ...votes]
}

/** What is right, and again something that somebody said before. */
const replay: Strategy = (sight, body) => {
  const { memory, stream } = sight
  const again = memory.length === 0 ? [] : [0, 1].map(() => toAll(sight, memory[nextInteger(stream, memory.length)]))
  return [toAll(sight, body), ...again]
}

/** Early votes and values for all rounds at once, whether anybody said so or not. */
const flood: Strategy = (sight, body) => {
  if (!isNews(body)) return [toAll(sight, body)]
  const { plan, stream } = sight
  const bodies = [1, 2, 3, 4].map((round): AgreementBody => {
    const value = anyValue(sight)
    const of = plan.ids[nextInteger(stream, plan.ids.length)]
    if (body.kind === 'value') return { kind: 'value', round, value }
    return nextUniform(stream) < 0.3
      ? { kind: 'send', round, value }
      : { kind: nextUniform(stream) < 0.5 ? 'echo' : 'ready', round, of, value }
  })
  return [toAll(sight, body), ...bodies.map(each => toAll(sight, each))]
}

/** Tells the truth about itself, and lies about what others told it. */
const slander: Strategy = (sight, body) => {
  if (isNews(body)) return [toAll(sight, body)]
  return toEach(sight, sight.others, () => withValue(sight, body, anyValue(sight)))
}

/** Always the same end of the range: what a biased forecaster would do. */
const extreme: Strategy = (sight, body) => [toAll(sight, withValue(sight, body, sight.high))]

export const strategies: { readonly [name: string]: Strategy } = {
  crash,
  extreme,
  flood,
  garbage,
  honest,
  malformed,
  partial,
  replay,
  silent,
  slander,
  split,
  twoFaced,
}
