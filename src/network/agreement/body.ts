import type { Id } from '../node.js'

/** A participant's value: d numbers, agreed upon coordinate by coordinate. Never changed once it has left a step. */
export type Value = Float64Array

/**
 * What participants of an agreement are told (by signals: `input`, and `start` for those who have nothing to say) and tell each
 * other. Rounds count from 1; a broadcast outside rounds has round 1. What arrives may be anything: every field is checked.
 */
export type AgreementBody =
  | { readonly kind: 'input'; readonly value: Value }
  | { readonly kind: 'start' }
  /** The sender's value at the start of a round of synchronous agreement or of W-MSR. */
  | { readonly kind: 'value'; readonly round: number; readonly value: Value }
  /** What the sender heard from each participant, in the order of their ids, in a round that is over; null for nothing. */
  | { readonly kind: 'heard'; readonly round: number; readonly stories: readonly (Value | null)[] }
  /** Reliable broadcast: the sender's own value of the round, and what others say about the value of participant `of`. */
  | { readonly kind: 'send'; readonly round: number; readonly value: Value }
  | { readonly kind: 'echo' | 'ready'; readonly round: number; readonly of: Id; readonly value: Value }
  /** Asynchronous agreement: the first n - f participants whose values of the round were delivered to the sender. */
  | { readonly kind: 'report'; readonly round: number; readonly senders: readonly Id[] }

/** What every value has to be. */
export interface ValueForm {
  readonly dimension: number
  readonly accepts: (value: Value) => boolean
}

/** True for d finite numbers of at most `range` in size that the plan accepts. */
export function isValue(value: unknown, { dimension, accepts }: ValueForm, range: number): value is Value {
  if (!(value instanceof Float64Array) || value.length !== dimension) return false
  for (let j = 0; j < dimension; j++) {
    const size = Math.abs(value[j])
    if (!(size <= range)) return false
  }
  return accepts(value)
}

/** True for the same numbers; in one process an honest story is usually the same array. */
export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let j = 0; j < a.length; j++) if (a[j] !== b[j]) return false
  return true
}

export const isRound = (round: unknown, last: number): round is number =>
  Number.isInteger(round) && (round as number) >= 1 && (round as number) <= last
