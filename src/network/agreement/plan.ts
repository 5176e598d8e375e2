import { refuse } from '../../base/index.js'
import type { Id } from '../node.js'
import type { Value, ValueForm } from './body.js'
import type { Reduction } from './reduce.js'

/** What all protocols ask. */
export interface GroupPlan {
  /** All participants, the faulty ones included, each once. */
  readonly ids: readonly Id[]
  /** Most faulty participants that the guarantees hold for; those without an input count. */
  readonly f: number
  /** Length d of every value. */
  readonly dimension: number
  /**
   * What else a value has to be, such as a forecast's ascending quantiles: other values are malformed. A pure function that is true of what
   * any round makes of values of which it is true (not W-MSR, whose mean is not monotone).
   */
  readonly accepts?: (value: Value) => boolean
  /** The topic of the participants' packets, to which all of them subscribe ('agreement'). W-MSR broadcasts locally instead. */
  readonly topic?: string
  /** Lets an experiment ask for more faults than the bound: then nothing is guaranteed. */
  readonly unsafe?: boolean
}

export interface BroadcastPlan extends GroupPlan {
  /** A public bound on the size of every number (none). */
  readonly range?: number
  /** How many echos make ready, readys make ready, and readys deliver; others than Bracha's only with `unsafe`. */
  readonly thresholds?: Thresholds
}

export interface Thresholds {
  readonly echoes: number
  readonly amplify: number
  readonly deliver: number
}

interface ApproximatePlan extends GroupPlan {
  /** Decisions of honest participants differ by no more, in any coordinate. */
  readonly epsilon: number
  /** A public bound on the size of every number: values lie in [-range, range], so honest ones are at most 2 range apart. */
  readonly range: number
  /** A number of rounds other than the one that epsilon and range ask for; only with `unsafe`. */
  readonly rounds?: number
}

export interface SynchronousPlan extends ApproximatePlan {
  /** Length of a round in virtual milliseconds: no less than any link takes. */
  readonly roundMs: number
  /** 'trimmedMidpoint' unless given; 'median' promises no convergence. */
  readonly rule?: Reduction
  /** After which rounds participants tell each other what they heard, to find who told two stories: the 'first' unless given. */
  readonly compare?: 'first' | 'every' | 'none'
}

export interface AsynchronousPlan extends ApproximatePlan {
  readonly thresholds?: Thresholds
}

export interface WMsrPlan extends GroupPlan {
  /** Everyone's neighbours; links are symmetric. */
  readonly neighbours: { readonly [id: Id]: readonly Id[] }
  /** A public bound on the size of every number. */
  readonly range: number
  readonly roundMs: number
  /** W-MSR converges, but at a rate for which only useless bounds are proved: so the number of rounds is asked for. */
  readonly rounds: number
  /** 'local': a faulty participant tells all its neighbours the same in the same round, as radio does (the default). 'point': it may be two-faced. */
  readonly broadcast?: 'local' | 'point'
}

// Four units in the last place of a number as large as the range.
const ULPS = 8.881784197001252e-16

/** Memory and messages grow with these. */
const idsMax = 1024
const dimensionMax = 4096
export const roundsMax = 10_000

/** The participants in code-unit order, and everyone's place in it. */
export interface Group extends ValueForm {
  readonly ids: readonly Id[]
  readonly placeOf: ReadonlyMap<Id, number>
  readonly n: number
  readonly f: number
  readonly topic: string
}

/** Errors: BAD_PLAN. */
export function readGroup(plan: GroupPlan): Group {
  const { ids, f, dimension, topic = 'agreement', accepts = () => true } = plan
  if (!Array.isArray(ids) || ids.length === 0 || ids.length > idsMax) bad(ids, `a list of 1 to ${idsMax} ids`, 'ids')
  const sorted = [...ids].sort()
  sorted.forEach((id, i) => {
    if (typeof id !== 'string' || id === sorted[i - 1]) bad(id, 'a text that stands there once', 'ids')
  })
  whole(f, 0, sorted.length, 'f')
  whole(dimension, 1, dimensionMax, 'dimension')
  if (typeof topic !== 'string') bad(topic, 'a text', 'topic')
  if (typeof accepts !== 'function') bad(accepts, 'a function of a value', 'accepts')
  return { ids: sorted, placeOf: new Map(sorted.map((id, i) => [id, i])), n: sorted.length, f, dimension, topic, accepts }
}

/** Errors: TOO_MANY_FAULTS below n = 3f + 1, unless the plan is unsafe. */
export function requireThird({ n, f }: Group, unsafe: boolean | undefined, where: string): void {
  if (n < 3 * f + 1 && unsafe !== true)
    refuse('TOO_MANY_FAULTS', `f = ${f} of ${n} participants`, `at least 3f + 1 = ${3 * f + 1} participants`, where)
}

export const bad = (found: unknown, expected: string, where: string): never => refuse('BAD_PLAN', found, expected, where)

export function whole(value: unknown, min: number, max: number, where: string): void {
  const fits = Number.isInteger(value) && (value as number) >= min && (value as number) <= max
  if (!fits) bad(value, `a whole number from ${min} to ${max}`, where)
}

export function positive(value: unknown, where: string): void {
  if (!(typeof value === 'number' && value > 0 && value < 1e300)) bad(value, 'a number above 0', where)
}

/**
 * The fixed, public number of rounds after which values that were 2 range apart are within epsilon, where each round shrinks their
 * spread by `factor`: the halving's is ceil(log2(2 range / epsilon)). At least 1. Errors: BAD_PLAN.
 */
export function roundsFor(plan: ApproximatePlan, factor: number): number {
  const { epsilon, range, rounds, unsafe } = plan
  positive(range, 'range')
  positive(epsilon, 'epsilon')
  if (epsilon < ULPS * range)
    bad(epsilon, `at least ${ULPS} of the range, ${ULPS * range}: numbers so large are no closer`, 'epsilon')
  if (rounds !== undefined) {
    if (unsafe !== true) bad(rounds, 'no rounds but what epsilon and range ask for, or unsafe: true', 'rounds')
    whole(rounds, 1, roundsMax, 'rounds')
    return rounds
  }
  let count = 1
  let width = 2 * range * factor
  for (; width > epsilon && count < roundsMax; count++) width *= factor
  if (width > epsilon) bad(epsilon, `an epsilon that ${roundsMax} rounds reach`, 'epsilon')
  return count
}
