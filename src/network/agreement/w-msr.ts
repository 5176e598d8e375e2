import { refuse } from '../../base/index.js'
import type { Id, Node } from '../node.js'
import type { AgreementBody, Value } from './body.js'
import { type Lockstep, type LockstepState, onLockstep, openLockstep } from './lockstep.js'
import { bad, type Group, positive, readGroup, roundsMax, type WMsrPlan, whole } from './plan.js'
import { reduceValues } from './reduce.js'
import { placeOf } from './reliable-broadcast.js'
import { isRobust, survivesRemovals } from './robustness.js'

/*
 * W-MSR: weighted mean, subsequence reduced, on a graph (LeBlanc, Zhang, Koutsoukos & Sundaram 2013), with equal weights.
 *
 * Assumes: participants that hear only their neighbours; at most F of all are faulty or have no input; all get their first signal at
 * the same time; a packet between honest neighbours arrives within roundMs. With broadcast 'local', faulty participants tell all
 * their neighbours the same in the same round (malicious; a packet that is in time for some and late for others would be two stories),
 * and the graph is (F + 1, F + 1)-robust; with 'point' they may be two-faced (Byzantine), and
 * what is left of the graph without any F participants is (F + 1)-robust. Both conditions are necessary as well (LeBlanc et al. 2013).
 * Guarantees, in every coordinate by itself: values stay within the range of the honest inputs, and the honest spread never grows
 * and tends to 0. Not epsilon after so many rounds: the rate that is proved is of no use, so look at the decisions.
 * Each round: broadcast the value locally; of the neighbours' values leave out the F largest of those above one's own (all of
 * them, if fewer) and the F smallest of those below; go on with the mean of the rest and one's own.
 * Why it is safe: what is faulty and beyond all honest values is beyond one's own as well, and among the F farthest. The robustness
 * makes sure that of any two sets apart one has an honest member with more than F neighbours outside, who cannot leave all out.
 * Who says nothing, or two things in one round, counts as repeating what it said last, 0 at first: then that too is the same for all.
 * Its mean is not monotone, since how many are left out changes with one's own value: quantiles need not stay ascending.
 * A participant without an input takes the trimmed midpoint of what it hears first, once that are 2F + 1 values; with fewer such
 * neighbours it stays without, and ends 'undecided'.
 * Limits: one value a neighbour, for this round and the next. The graph is checked in a time exponential in the participants.
 */

/** A participant of W-MSR. */
export type WMsrState = LockstepState

/**
 * Input comes by a signal { kind: 'input', value }; { kind: 'start' } at the same time makes those take part who have none.
 * Notes: 'round' with { round, value } after each round, 'decided' with { round, value } at last, and misbehaviour.
 * Errors: BAD_PLAN, TOO_MANY_FAULTS (a graph that is not robust enough), TOO_LARGE (a graph too large to check); `unsafe` skips the check.
 */
export function wMsr(plan: WMsrPlan): Node<WMsrState, AgreementBody> {
  const { neighbours, range, roundMs, rounds } = plan
  const group = readGroup(plan)
  if (plan.accepts !== undefined) bad(plan.accepts, 'nothing: means of W-MSR are not monotone', 'accepts')
  positive(range, 'range')
  positive(roundMs, 'roundMs')
  whole(rounds, 1, roundsMax, 'rounds')
  const heardBy = readNeighbours(neighbours, group)
  if (plan.unsafe !== true) requireRobust(plan, group)
  const { f, topic, dimension } = group
  const lockstep: Lockstep = {
    group,
    rounds,
    roundMs,
    range,
    listens: (id, to) => heardBy.get(id)!.has(to),
    packet: body => ({ kind: 'broadcast', topic, body }),
    next: (own, heard, last) => nextValue(own, heard, last, f, dimension),
    compares: () => false,
  }

  /** Only the neighbours' places hold more than null: the others' are undefined, and skipped. */
  function init(id: Id): WMsrState {
    const state = openLockstep(group, id)
    placeOf(group, id)
    const silence = new Float64Array(dimension)
    group.ids.forEach((other, place) => {
      if (heardBy.get(id)!.has(other)) state.last[place] = silence
    })
    return state
  }

  return { init, on: (state, event) => onLockstep(lockstep, state, event) }
}

function readNeighbours(neighbours: WMsrPlan['neighbours'], group: Group): ReadonlyMap<Id, ReadonlySet<Id>> {
  if (typeof neighbours !== 'object' || neighbours === null) bad(neighbours, "everyone's neighbours", 'neighbours')
  const sets = new Map(group.ids.map(id => [id, new Set(Object.hasOwn(neighbours, id) ? neighbours[id] : [])]))
  for (const [id, others] of sets) {
    for (const other of others) {
      if (other === id || !sets.get(other)?.has(id)) bad(other, 'another participant, whose neighbour it is', `neighbours.${id}`)
    }
  }
  return sets
}

function requireRobust({ neighbours, broadcast = 'local' }: WMsrPlan, { f, ids }: Group): void {
  if (broadcast !== 'local' && broadcast !== 'point') bad(broadcast, 'local or point', 'broadcast')
  const graph = Object.fromEntries(ids.map(id => [id, neighbours[id] ?? []]))
  if (broadcast === 'local' && !isRobust(graph, f + 1, f + 1))
    refuse('TOO_MANY_FAULTS', `f = ${f} on this graph`, `a graph that is (${f + 1}, ${f + 1})-robust`, 'wMsr')
  if (broadcast === 'point' && !survivesRemovals(graph, f))
    refuse('TOO_MANY_FAULTS', `f = ${f} on this graph`, `a graph that is ${f + 1}-robust without any ${f} of it`, 'wMsr')
}

/** `last` holds what each neighbour said last, and nothing for others. */
function nextValue(
  own: Value | null,
  heard: readonly (Value | null)[],
  last: (Value | null)[],
  f: number,
  dimension: number,
): Value | null {
  for (let i = 0; i < heard.length; i++) if (heard[i] !== null) last[i] = heard[i]
  if (own === null) {
    const values = heard.filter(value => value !== null)
    return values.length > 2 * f ? reduceValues(values, f, 'trimmedMidpoint') : null
  }
  const values = last.filter(value => value !== null)
  const column = new Float64Array(values.length)
  const result = new Float64Array(dimension)
  for (let j = 0; j < dimension; j++) {
    for (let i = 0; i < values.length; i++) column[i] = values[i][j]
    result[j] = reducedMean(column.sort(), own[j], f)
  }
  return result
}

/** The mean of one's own value and of the neighbours' ascending ones without the F most extreme on either side of it. */
function reducedMean(ascending: Float64Array, own: number, f: number): number {
  let from = 0
  while (from < f && ascending[from] < own) from++
  let to = ascending.length
  while (ascending.length - to < f && to > from && ascending[to - 1] > own) to--
  let sum = own
  for (let i = from; i < to; i++) sum += ascending[i]
  const low = from < to ? Math.min(own, ascending[from]) : own
  const high = from < to ? Math.max(own, ascending[to - 1]) : own
  return Math.min(Math.max(sum / (to - from + 1), low), high)
}
