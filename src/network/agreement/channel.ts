import { show } from '../../base/index.js'
import type { Id, Note, Packet } from '../node.js'
import { type AgreementBody, isRound, isValue, sameValue, type Value } from './body.js'
import { type Broadcast, DELIVER, ECHO, hearEcho, hearReady, hearSend, openBroadcast, READY, voteOf } from './bracha.js'
import { type Claim, judge } from './compare.js'
import { charge, type Docket, isCharged } from './docket.js'
import type { Group, Thresholds } from './plan.js'

/** What a step sends and notes. */
export interface Out {
  readonly send: Packet<AgreementBody>[]
  readonly note: Note[]
}

/** One participant's part in everybody's broadcasts, one a sender and round: rounds 1 to `rounds`, so memory is bounded. */
export interface Channel {
  readonly group: Group
  readonly thresholds: Thresholds
  readonly rounds: number
  readonly range: number
  readonly me: number
  readonly docket: Docket
  /** By round and by the sender's place, made when first heard of. */
  readonly broadcasts: (Broadcast | undefined)[][]
}

/** A value that was delivered: every honest participant delivers the same one of this sender and round. */
export interface Delivery {
  readonly round: number
  readonly sender: number
  readonly value: Value
}

type Vote = Extract<AgreementBody, { kind: 'send' | 'echo' | 'ready' }>

export const tell = ({ group }: Channel, body: AgreementBody): Packet<AgreementBody> => ({
  kind: 'topic',
  topic: group.topic,
  body,
})

/** Broadcasts this participant's own value of a round. */
export function broadcastValue(channel: Channel, round: number, value: Value, out: Out): Delivery | null {
  out.send.push(tell(channel, { kind: 'send', round, value }))
  const acts = hearSend(broadcastOf(channel, round, channel.me), channel.me, value, channel.thresholds)
  return perform(channel, acts, round, channel.me, value, out)
}

/** What a participant says of its own or somebody's value; notes what is wrong with it. */
export function hearVote(channel: Channel, from: Id, body: Vote, out: Out): Delivery | null {
  const { group, me, thresholds, docket } = channel
  const { kind, round, value } = body
  const voter = group.placeOf.get(from)!
  const sender = kind === 'send' ? voter : group.placeOf.get(body.of)
  if (sender === undefined || !isRound(round, channel.rounds) || !isValue(value, group, channel.range)) {
    charge(docket, out.note, { kind: 'malformed', agent: from, detail: `a ${kind} of ${show(body)}`, data: show(body) })
    return null
  }
  const broadcast = broadcastOf(channel, round, sender)
  const before = kind === 'send' ? broadcast.story : voteOf(kind === 'echo' ? broadcast.echoes : broadcast.readys, voter)
  if (before !== null) {
    if (!sameValue(before, value)) {
      const detail = `two different ${kind}s in round ${round}`
      charge(docket, out.note, { kind: 'equivocated', agent: from, detail, data: [before, value] })
    }
    return null
  }
  const hear = kind === 'echo' ? hearEcho : hearReady
  const acts = kind === 'send' ? hearSend(broadcast, me, value, thresholds) : hear(broadcast, me, voter, value, thresholds)
  if (kind !== 'ready') compareEchoes(channel, broadcast, sender, out)
  return perform(channel, acts, round, sender, value, out)
}

function broadcastOf({ group, broadcasts }: Channel, round: number, sender: number): Broadcast {
  broadcasts[round] ??= new Array<Broadcast | undefined>(group.n).fill(undefined)
  broadcasts[round][sender] ??= openBroadcast(group.n)
  return broadcasts[round][sender]
}

function perform(channel: Channel, acts: number, round: number, sender: number, value: Value, out: Out): Delivery | null {
  const of = channel.group.ids[sender]
  if (acts & ECHO) out.send.push(tell(channel, { kind: 'echo', round, of, value }))
  if (acts & READY) out.send.push(tell(channel, { kind: 'ready', round, of, value }))
  return acts & DELIVER ? { round, sender, value } : null
}

/** Echoes say what others were told by the sender: where they differ, somebody lies. */
function compareEchoes({ group, me, docket }: Channel, { story, echoes }: Broadcast, sender: number, out: Out): void {
  const { stories, votes } = echoes
  if (stories.length < 2 || isCharged(docket, 'equivocated', group.ids[sender])) return
  const claims: Claim[] = []
  for (let i = 0; i < group.n; i++) {
    if (votes[i] >= 0 && i !== me && i !== sender) claims.push({ from: group.ids[i], story: stories[votes[i]] })
  }
  judge(docket, out.note, group.ids[sender], story, claims, group.f)
}
