import type { Id, Node } from '../node.js'
import type { AgreementBody, Value } from './body.js'
import { type Lockstep, type LockstepState, onLockstep, openLockstep } from './lockstep.js'
import { bad, positive, readGroup, requireThird, roundsFor, type SynchronousPlan } from './plan.js'
import { contraction, type Reduction, reduceValues } from './reduce.js'
import { placeOf } from './reliable-broadcast.js'

/*
 * Synchronous approximate agreement (Dolev, Lynch, Pinter, Stark & Weihl 1986).
 *
 * Assumes: n >= 3f + 1 participants, of whom at most f are faulty in any way or have no input; all get their first signal at the same
 * time; a packet between honest ones arrives within roundMs, from whom it says it is. Honest inputs lie in [-range, range].
 * Guarantees, in every coordinate by itself: every honest participant decides after the same fixed, public number of rounds
 * (termination), on a value within the range of the honest inputs (validity; so are all values on the way), and any two decisions differ by
 * epsilon at most (agreement). It does not promise the convex hull of vectors. 'median' promises no agreement.
 * Each round: tell all the value, wait roundMs, go on with the midpoint (or the mean) of all values without the f smallest and the f
 * largest, one's own standing for those who said nothing, or two things.
 * Why it is safe: of n values at most f are faulty or another's stand-in, so what is left after trimming lies within the honest ones.
 * Two participants have the same n - f >= 2f + 1 honest values (a stand-in only widens what they have), and both trimmed intervals
 * hold the (f + 1)-th smallest of these: they meet, so midpoints are at most half the honest spread apart. Sorted, their n values
 * differ by a shift of f places at most, so trimmed means are at most f / (n - 2f) of the spread apart.
 * For a participant without an input, in round 1, the trimmed midpoint of what it heard stands in, if that are 2f + 1 values or more.
 * Limits: one value a participant, for this round and the next; packets for others are dropped, and said so.
 * Equivocation: see compare.ts. Comparing the last round takes one more, after the decision.
 */

/** A participant of synchronous approximate agreement. */
export type SynchronousState = LockstepState

/**
 * Input comes by a signal { kind: 'input', value }; { kind: 'start' } at the same time makes those take part who have none.
 * Notes: 'round' with { round, value } after each round, 'decided' with { round, value } at last, and misbehaviour.
 * Errors: BAD_PLAN, TOO_MANY_FAULTS (n < 3f + 1).
 */
export function synchronousAgreement(plan: SynchronousPlan): Node<SynchronousState, AgreementBody> {
  const { rule = 'trimmedMidpoint', compare = 'first', range, roundMs } = plan
  const group = readGroup(plan)
  requireThird(group, plan.unsafe, 'synchronousAgreement')
  if (!['trimmedMidpoint', 'trimmedMean', 'median'].includes(rule)) bad(rule, 'trimmedMidpoint, trimmedMean or median', 'rule')
  if (!['first', 'every', 'none'].includes(compare)) bad(compare, 'first, every or none', 'compare')
  positive(roundMs, 'roundMs')
  const { n, f, topic } = group
  const factor = contraction(rule, n, f)
  const lockstep: Lockstep = {
    group,
    rounds: roundsFor(plan, factor < 1 ? factor : 0.5),
    roundMs,
    range,
    listens: (id, to) => id !== to,
    packet: body => ({ kind: 'topic', topic, body }),
    next: (own, heard) => nextValue(own, heard, f, rule),
    compares: round => round >= 1 && (compare === 'every' || (compare === 'first' && round === 1)),
  }

  function init(id: Id): SynchronousState {
    placeOf(group, id)
    return openLockstep(group, id)
  }

  return { init, on: (state, event) => onLockstep(lockstep, state, event) }
}

/** Without a value of its own, the midpoint of what it heard stands in, which lies within the honest values as well. */
function nextValue(own: Value | null, heard: readonly (Value | null)[], f: number, rule: Reduction): Value | null {
  const values = heard.filter(value => value !== null)
  const standIn = own ?? (values.length > 2 * f ? reduceValues(values, f, 'trimmedMidpoint') : null)
  if (standIn === null) return null
  while (values.length < heard.length) values.push(standIn)
  return reduceValues(values, f, rule)
}
