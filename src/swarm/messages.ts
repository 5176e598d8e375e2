import type { Forecast } from '../forecast/index.js'
import type { Belief } from '../inference/index.js'
import type { AgreementBody } from '../network/index.js'

/** The market's word at a day's opening: day 0 brings the training window, later days the last return. */
export interface DayBody {
  readonly kind: 'day'
  readonly day: number
  readonly returns: Float64Array
  /** Of the same days the assets' returns, row-major, where the market has several. */
  readonly rows?: Float64Array
}

/** What an agent believes, shared with its neighbours. */
export interface PosteriorBody {
  readonly kind: 'posterior'
  readonly day: number
  readonly belief: Belief
}

/** What an agent reports to the coordinator. Claims, not facts: parsed at the coordinator's border. */
export interface ReportBody {
  readonly kind: 'report'
  readonly day: number
  readonly forecast: Forecast
  /** 95 % credible interval of VaR(theta) at each risk level, low and high; absent where there is no posterior. */
  readonly intervals?: readonly (readonly [number, number])[]
}

/** What the coordinator publishes. */
export interface DecisionBody {
  readonly kind: 'decision'
  readonly day: number
  readonly rules: { readonly [label: string]: Forecast }
}

/** What participants of the day's agreement tell each other. */
export interface AgreementMessage {
  readonly kind: 'agreement'
  readonly day: number
  readonly body: AgreementBody
}

export type Body = AgreementMessage | DayBody | PosteriorBody | ReportBody | DecisionBody

/** The coordinator's full record of a day, for the Trace. */
export interface DayRecord {
  readonly day: number
  /** Ordered by id. */
  readonly accepted: readonly {
    readonly id: string
    readonly forecast: Forecast
    readonly intervals?: readonly (readonly [number, number])[]
  }[]
  /** Rule labels in the scenario's order; null when there has never been enough to decide on. */
  readonly rules: readonly { readonly label: string; readonly forecast: Forecast | null; readonly carried: boolean }[]
}

export const COORDINATOR = 'coordinator'

/** The one mind behind all agents that collude; in a run only where there are some. */
export const ADVERSARY = 'adversary'
