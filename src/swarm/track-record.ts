import { type Forecast, fz0Loss, pinballLoss } from '../forecast/index.js'
import type { Id, Note } from '../network/index.js'
import { type Charge, eValue, eValueOf, type HitTest, type Observation, observe, openHitTest } from './hit-test.js'

/** What the coordinator is to do about liars that their hits give away. */
export interface QuarantinePlan {
  /** Evidence (e-value) at which an agent is quarantined: an honest one ever is with probability at most 1 / threshold. */
  readonly threshold: number
  /** The number of reports on which a quarantined agent has to look honest. */
  readonly probationDays: number
}

/** An agent's outcomes as the coordinator remembers them. */
export interface TrackRecord {
  /** One test a charge, since the beginning or the last readmission. */
  tests: { readonly charge: Charge; readonly test: HitTest }[]
  /** The last `probationDays` outcomes, oldest first; in quarantine only those since its beginning. */
  recent: Observation[]
  quarantine: Quarantine | null
  /** Whether it should be in quarantine, and there is no room. */
  isWaiting: boolean
}

export interface Quarantine {
  readonly charge: Charge
  readonly sinceDay: number
  readonly evidence: number
}

const CHARGES = ['understates risk', 'overstates risk'] as const

export const openRecord = (level: number): TrackRecord => ({
  tests: freshTests(level),
  recent: [],
  quarantine: null,
  isWaiting: false,
})

const freshTests = (level: number): TrackRecord['tests'] => CHARGES.map(charge => ({ charge, test: openHitTest(charge, level) }))

/** What the return says of a report; at `level`, which is one of the forecast's. */
export const outcomeOf = ({ levels, quantiles }: Forecast, level: number, ret: number): Observation => ({
  isHit: ret < quantiles[levels.indexOf(level)],
  isBelowMedian: ret < quantiles[levels.indexOf(0.5)],
})

/** Takes in one outcome, in place. */
export function take(record: TrackRecord, outcome: Observation, { probationDays }: QuarantinePlan): void {
  for (const { test } of record.tests) observe(test, outcome)
  record.recent.push(outcome)
  if (record.recent.length > probationDays) record.recent.shift()
}

/** The charge with the most evidence, when it reaches the threshold: half of the chance of a false alarm goes to each charge. */
export function chargeAgainst(
  { tests }: TrackRecord,
  { threshold }: QuarantinePlan,
): { charge: Charge; evidence: number } | null {
  let worst: { charge: Charge; evidence: number } | null = null
  for (const { charge, test } of tests) {
    const evidence = eValue(test)
    if (evidence >= CHARGES.length * threshold && evidence > (worst?.evidence ?? 0)) worst = { charge, evidence }
  }
  return worst
}

export function quarantine(record: TrackRecord, id: Id, day: number, found: { charge: Charge; evidence: number }): Note {
  const detail = `${found.charge}: e-value ${short(found.evidence)}; ${hitsIn(record)}`
  record.quarantine = { ...found, sinceDay: day }
  record.recent = []
  record.isWaiting = false
  return { kind: 'quarantined', agent: id, detail }
}

/** The most that speaks against an agent at present. */
export const evidenceOf = ({ tests }: TrackRecord): number => tests.reduce((most, { test }) => Math.max(most, eValue(test)), 0)

/** Lets an agent out for one against whom there is far more evidence: its tests go on. */
export function release(record: TrackRecord, id: Id, other: Id): Note {
  record.quarantine = null
  record.recent = []
  record.isWaiting = true
  return { kind: 'displaced', agent: id, detail: `leaves a full quarantine to ${other}; e-value ${short(evidenceOf(record))}` }
}

/**
 * Lets an agent back whose last `probationDays` reports, all since its quarantine began, speak against the charge: an e-value
 * of at most 1 on that moving window. Its tests start anew.
 */
export function readmit(record: TrackRecord, id: Id, day: number, level: number, { probationDays }: QuarantinePlan): Note | null {
  if (record.quarantine === null || record.recent.length < probationDays) return null
  const { charge, sinceDay } = record.quarantine
  const evidence = eValueOf(charge, level, record.recent)
  if (evidence > 1) return null
  record.quarantine = null
  record.tests = freshTests(level)
  const detail = `no longer ${charge}: e-value ${short(evidence)}; ${hitsIn(record)}; quarantined for ${day - sinceDay} days`
  return { kind: 'readmitted', agent: id, detail }
}

const hitsIn = ({ recent }: TrackRecord): string =>
  `${recent.filter(({ isHit }) => isHit).length} hits in its last ${recent.length} reports`

export const short = (value: number): string => String(Number(value.toPrecision(3)))

// FZ0 has no bounds: what a day may add to it, in units of the market's standard deviation.
const FZ0_LEAST = -2
const FZ0_RANGE = 20

/** Most that a VaR or an ES may say, in units of the market's standard deviation, and an ES the least, for its FZ0 loss to be looked at. */
const ABSURD = 1e6
const TINY = 1e-6

/**
 * A report's loss in [0, 1]. Pinball: one standard deviation `sd` of the training returns or more counts 1. FZ0, of numbers in
 * that unit: from -2 (0) to 18 (1), and 1 where it is undefined (ES not positive) or the numbers are absurd.
 */
export function unitLoss(forecast: Forecast, level: number, ret: number, loss: 'pinball' | 'fz0', sd: number): number {
  const valueAtRisk = 0 - forecast.quantiles[forecast.levels.indexOf(level)]
  const shortfall = forecast.shortfalls[forecast.riskLevels.indexOf(level)]
  const [v, s] = [valueAtRisk / sd, shortfall / sd]
  if (Math.abs(v) > ABSURD) return 1
  if (loss === 'pinball') return clipped(pinballLoss(ret, valueAtRisk, level) / sd)
  if (!(s >= TINY && s <= ABSURD)) return 1
  return clipped((fz0Loss(ret / sd, v, s, level) - FZ0_LEAST) / FZ0_RANGE)
}

/** What is no number counts as the worst. */
const clipped = (x: number): number => (x <= 0 ? 0 : x < 1 ? x : 1)
