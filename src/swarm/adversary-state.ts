import { type Key, rootKey } from '../base/index.js'
import type { Forecast, Levels } from '../forecast/index.js'
import type { Belief } from '../inference/index.js'
import type { Id } from '../network/index.js'
import { type AgreementHeard, nothingHeard } from './adversary-agreement.js'
import type { Round, Scheme } from './collusion.js'

/** Puppets with one scheme. */
export interface Coalition {
  readonly scheme: Scheme
  readonly isTwoFaced: boolean
  readonly memoryDays: number
  /** In code-unit order; each lies from `fromDay` to `toDay`, both included. */
  readonly members: readonly { readonly id: Id; readonly fromDay: number; readonly toDay: number }[]
}

export interface AdversaryPlan {
  readonly coalitions: readonly Coalition[]
  /** Agents without an attack. */
  readonly honest: readonly Id[]
  /** Everyone's neighbours, for stories that differ. */
  readonly neighbours: { readonly [id: Id]: readonly Id[] }
  readonly levels: Levels
  readonly deadlineMs: number
  readonly quorum: number
  /** Virtual milliseconds that a training takes, and after a day's opening until posteriors are pooled. */
  readonly trainMs: number
  readonly shareMs: number
  /** All agents, in code-unit order, where they agree without a coordinator. */
  readonly participants?: readonly Id[]
}

/** What has been sent on a day; a report that is no forecast is null. */
export interface AdversaryState {
  day: number
  openedMs: number
  /** Who lies today. */
  liars: ReadonlySet<Id>
  /** Others that have reported today, and the honest ones among them. */
  heard: number
  heardHonest: number
  reports: Map<Id, Forecast | null>
  beliefs: Map<Id, Belief>
  isPosteriorsDue: boolean
  hasReported: boolean
  agreement: AgreementHeard
  /** The step's key of the day's opening, for what may be said in several steps. */
  key: Key
  decisions: { readonly [label: string]: Forecast }
  returns: number[]
  past: Round[]
}

/** Before the first day, whose opening brings the key. */
export const openState = (): AdversaryState => ({
  day: -1,
  openedMs: 0,
  liars: new Set(),
  heard: 0,
  heardHonest: 0,
  reports: new Map(),
  beliefs: new Map(),
  isPosteriorsDue: false,
  hasReported: false,
  agreement: nothingHeard(),
  key: rootKey(''),
  decisions: {},
  returns: [],
  past: [],
})
