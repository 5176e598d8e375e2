import { sameValue, type Value } from './body.js'
import type { Thresholds } from './plan.js'

/**
 * One instance of Bracha's (1987) reliable broadcast at one participant: of one sender's one value.
 *
 * Assumes: n >= 3f + 1 participants, of whom at most f are faulty in any way; packets between honest ones arrive some time, from
 * whom they say they are; no bound on delays, no order, copies are harmless.
 * Guarantees: validity (an honest sender's value is delivered by every honest participant), agreement (no two honest ones deliver
 * different values), integrity (at most one value, once, and an honest sender's only if it sent it), totality (if one honest
 * participant delivers, all do).
 * Why it is safe: two sets of more than (n + f) / 2 echoes share more than f participants, so an honest one, who echoes once: no
 * two honest participants are made ready for different values by echoes, and the first honest ready comes from echoes, since f + 1
 * readys include an honest one. 2f + 1 readys include f + 1 honest ones, whose readys reach all and make all honest ones ready,
 * which are 2f + 1 at least: totality. Liars number f, too few for any of it.
 * Limits: one instance per sender and round, one vote of each kind per participant, so at most 2n stories are kept.
 */
export interface Broadcast {
  /** What the sender told this participant itself. */
  story: Value | null
  ready: boolean
  delivered: Value | null
  readonly echoes: Tally
  readonly readys: Tally
}

/** Votes for stories, one a participant. */
export interface Tally {
  readonly stories: Value[]
  readonly counts: number[]
  /** By the voter's place: the place of its story, or -1. */
  readonly votes: Int16Array
}

/** What a participant has to do with the value that it has just heard of: any of these together. */
export const ECHO = 1
export const READY = 2
export const DELIVER = 4

const openTally = (n: number): Tally => ({ stories: [], counts: [], votes: new Int16Array(n).fill(-1) })

export const openBroadcast = (n: number): Broadcast => ({
  story: null,
  ready: false,
  delivered: null,
  echoes: openTally(n),
  readys: openTally(n),
})

/** Bracha's thresholds. */
export const brachaThresholds = (n: number, f: number): Thresholds => ({
  echoes: Math.floor((n + f) / 2) + 1,
  amplify: f + 1,
  deliver: 2 * f + 1,
})

/** What `voter` said before, or null; only its first vote counts. */
export function voteOf({ stories, votes }: Tally, voter: number): Value | null {
  return votes[voter] < 0 ? null : stories[votes[voter]]
}

/** Counts a first vote and returns how many the story has now. */
function count({ stories, counts, votes }: Tally, voter: number, value: Value): number {
  let place = 0
  while (place < stories.length && !sameValue(stories[place], value)) place++
  if (place === stories.length) {
    stories.push(value)
    counts.push(0)
  }
  votes[voter] = place
  return ++counts[place]
}

/** The sender's own word, the first one. `me` is the place of this participant. */
export function hearSend(broadcast: Broadcast, me: number, value: Value, thresholds: Thresholds): number {
  broadcast.story = value
  return ECHO | hearEcho(broadcast, me, me, value, thresholds)
}

/** The first echo of `voter`. */
export function hearEcho(broadcast: Broadcast, me: number, voter: number, value: Value, thresholds: Thresholds): number {
  const votes = count(broadcast.echoes, voter, value)
  return votes >= thresholds.echoes ? getReady(broadcast, me, value, thresholds) : 0
}

/** The first ready of `voter`. */
export function hearReady(broadcast: Broadcast, me: number, voter: number, value: Value, thresholds: Thresholds): number {
  const votes = count(broadcast.readys, voter, value)
  const ready = votes >= thresholds.amplify ? getReady(broadcast, me, value, thresholds) : 0
  return ready | deliverOnce(broadcast, votes, value, thresholds)
}

function getReady(broadcast: Broadcast, me: number, value: Value, thresholds: Thresholds): number {
  if (broadcast.ready) return 0
  broadcast.ready = true
  return READY | deliverOnce(broadcast, count(broadcast.readys, me, value), value, thresholds)
}

function deliverOnce(broadcast: Broadcast, votes: number, value: Value, thresholds: Thresholds): number {
  if (votes < thresholds.deliver || broadcast.delivered !== null) return 0
  broadcast.delivered = value
  return DELIVER
}
