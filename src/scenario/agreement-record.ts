import type { Forecast } from '../forecast/index.js'
import type { Id } from '../network/index.js'
import { type AgreedRecord, type RoundRecord, vectorOf } from '../swarm/index.js'
import type { AgentSpec } from './types.js'

/** The honest agents' values after a round (round 0: their inputs): the range in every coordinate, and the widest. */
export interface RoundRange {
  readonly round: number
  readonly agents: number
  readonly low: Float64Array
  readonly high: Float64Array
  readonly spread: number
}

/** What a day's agreement came to. */
export interface AgreementOutcome {
  readonly rounds: readonly RoundRange[]
  /** The forecast of the first honest agent, by id, that has one: all of them have the same to within epsilon. Null when none has. */
  readonly decision: { readonly by: Id; readonly forecast: Forecast } | null
  /** How many honest agents have decided, and the largest difference of any two in any coordinate. */
  readonly agents: number
  readonly spread: number
  /** Honest agents without a decision. */
  readonly undecided: readonly Id[]
}

/** Gathers what agents note of a day's agreement. */
export interface AgreementRecord {
  round(by: Id, record: RoundRecord): void
  agreed(by: Id, record: AgreedRecord): void
  /** The day's outcome; the next day begins. */
  close(day: number): AgreementOutcome
}

/** Whether an agent is faulty by design on a day. */
export function isFaultyOn({ behaviour: { attack } }: AgentSpec, day: number): boolean {
  if (attack === undefined) return false
  const { fromDay = 0, toDay = Number.POSITIVE_INFINITY } = attack
  return day >= Number(fromDay) && day <= Number(toDay)
}

export function agreementRecord(agents: readonly AgentSpec[]): AgreementRecord {
  const specs = new Map(agents.map(spec => [spec.id, spec]))
  let ranges: (Mutable<RoundRange> | undefined)[] = []
  let outputs = new Map<Id, Forecast>()

  function widen(day: number, by: Id, round: number, value: Float64Array): void {
    if (isFaultyOn(specs.get(by)!, day)) return
    const known = ranges[round]
    if (known === undefined) {
      ranges[round] = { round, agents: 1, low: value.slice(), high: value.slice(), spread: 0 }
      return
    }
    known.agents++
    for (let j = 0; j < value.length; j++) {
      if (value[j] < known.low[j]) known.low[j] = value[j]
      if (value[j] > known.high[j]) known.high[j] = value[j]
      known.spread = Math.max(known.spread, known.high[j] - known.low[j])
    }
  }

  return {
    round: (by, { day, round, value }) => widen(day, by, round, value),
    agreed(by, { day, input, output }) {
      if (input !== null) widen(day, by, 0, vectorOf(input))
      outputs.set(by, output)
    },
    close(day) {
      const honest = agents.filter(spec => !isFaultyOn(spec, day)).map(({ id }) => id)
      const decided = honest.filter(id => outputs.has(id))
      const outcome: AgreementOutcome = {
        rounds: ranges.filter(range => range !== undefined),
        decision: decided.length === 0 ? null : { by: decided[0], forecast: outputs.get(decided[0])! },
        agents: decided.length,
        spread: spreadOf(decided.map(id => vectorOf(outputs.get(id)!))),
        undecided: honest.filter(id => !outputs.has(id)),
      }
      ranges = []
      outputs = new Map()
      return outcome
    },
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** The largest difference of any two vectors in any coordinate. */
function spreadOf(vectors: readonly Float64Array[]): number {
  let spread = 0
  for (let j = 0; vectors.length > 0 && j < vectors[0].length; j++) {
    let low = vectors[0][j]
    let high = low
    for (const vector of vectors) {
      if (vector[j] < low) low = vector[j]
      if (vector[j] > high) high = vector[j]
    }
    spread = Math.max(spread, high - low)
  }
  return spread
}
