import type { Key } from '../base/index.js'
import type { Forecast, Levels } from '../forecast/index.js'
import type { Belief } from '../inference/index.js'
import type { Id } from '../network/index.js'
import type { Attack, Parameters } from './attack.js'
import type { LabelledRule } from './bounds.js'

/** What the adversary knows before the first day. */
export interface Scene {
  /** Ids of all agents, of the coalition's puppets and of the honest agents, each in code-unit order. */
  readonly agents: readonly Id[]
  readonly puppets: readonly Id[]
  readonly honest: readonly Id[]
  readonly rules: readonly LabelledRule[]
  readonly levels: Levels
}

/**
 * What the adversary knows when its puppets speak: everything that has been sent, and the returns up to the day before, which are
 * all that anybody knows. Maps are in code-unit order of their ids and hold well-formed forecasts only.
 */
export interface Round {
  readonly day: number
  /** Who lies today. */
  readonly puppets: readonly Id[]
  /** The day's honest reports so far, and the honest posteriors. */
  readonly honest: ReadonlyMap<Id, Forecast>
  readonly beliefs: ReadonlyMap<Id, Belief>
  /** The day's reports so far of liars outside the coalition. */
  readonly others: ReadonlyMap<Id, Forecast>
  /** What the puppets would have reported and believe. */
  readonly truths: ReadonlyMap<Id, Forecast>
  readonly ownBeliefs: ReadonlyMap<Id, Belief>
  /** The last decision of every rule, by its label. */
  readonly decisions: { readonly [label: string]: Forecast }
  /** Percent, oldest first. */
  readonly returns: readonly number[]
  /** Earlier rounds, oldest first: as many as the scheme remembers, and yesterday's at least. Theirs are empty. */
  readonly past: readonly Round[]
}

/** What a puppet says to one receiver in place of its truth ('' when all its neighbours hear the same); null: nothing. */
export type Lie<Content> = (puppet: Id, receiver: Id) => Content | null

/** A coalition's way of lying: from the honest reports of a round to the puppets'. The key is the same for all puppets. */
export interface Scheme {
  report(round: Round, key: Key): Lie<Forecast>
  /** Asked of puppets that believe something and are heard. */
  belief(round: Round, key: Key): Lie<Belief>
}

/** A way of being faulty together: one mind speaks for all agents that have it. */
export interface Collusion {
  readonly kind: string
  /** In words, for tables. */
  readonly description: string
  /** Tells every receiver of posteriors a story of its own. */
  readonly isTwoFaced: boolean
  /** How many earlier rounds it has to remember. */
  readonly memoryDays: number
  /** The scheme for a coalition; refuses what cannot work among these agents. `where` names the place in error messages. */
  prepare(scene: Scene, where: string): Scheme
}

/** Makes a way of lying together: agents of the same kind and parameters are one coalition, whatever their days. */
export type CollusionFactory = (parameters: Parameters, where: string) => Collusion
export type AttackTable = { readonly [kind: string]: (parameters: Parameters, where: string) => Attack | Collusion }

export const isCollusion = (attack: Attack | Collusion): attack is Collusion =>
  typeof (attack as Partial<Collusion> | null)?.prepare === 'function'

export const collusion = (
  kind: string,
  description: string,
  prepare: Collusion['prepare'],
  more: Partial<Collusion> = {},
): Collusion => ({ kind, description, isTwoFaced: false, memoryDays: 0, prepare, ...more })
