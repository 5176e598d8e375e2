import type { Forecast } from '../forecast/index.js'
import { varianceOf } from '../math/index.js'
import type { Id, Note } from '../network/index.js'
import {
  bernsteinStep,
  evenWeights,
  exponentialStep,
  fixedShareStep,
  type Rule,
  type RuleParameters,
  weightsOf,
} from '../rules/index.js'
import {
  chargeAgainst,
  evidenceOf,
  openRecord,
  outcomeOf,
  type QuarantinePlan,
  quarantine,
  readmit,
  release,
  short,
  type TrackRecord,
  take,
  unitLoss,
} from './track-record.js'

/** How the coordinator learns from what agents said before. */
export interface ScreeningPlan {
  /** The risk level at which agents are scored. */
  readonly level: number
  readonly loss: 'pinball' | 'fz0'
  readonly weights: 'none' | 'exponential' | 'fixedShare' | 'bernstein'
  /** Learning rate of the weights. */
  readonly eta: number
  /** What fixed share gives away to all. */
  readonly alpha: number
  readonly quarantine: QuarantinePlan | null
}

export interface ScreeningState {
  /** Standard deviation of the training returns, percent; 1 while there are none. */
  sd: number
  /** In the plan's order of agents. */
  readonly records: readonly TrackRecord[]
  logWeights: Float64Array
  /** For each rule by label, whether its needs keep quarantined reports in. */
  readonly limited: Map<string, boolean>
}

export interface Reported {
  readonly id: Id
  readonly forecast: Forecast
}

export const openScreening = (plan: ScreeningPlan, agents: number): ScreeningState => ({
  sd: 1,
  records: Array.from({ length: agents }, () => openRecord(plan.level)),
  logWeights: evenWeights(agents),
  limited: new Map(),
})

/** What the training window says of the market's scale. */
export function calibrateScreening(state: ScreeningState, returns: Float64Array): void {
  if (returns.length < 2) return
  const sd = Math.sqrt(varianceOf(returns))
  if (sd > 0 && Number.isFinite(sd)) state.sd = sd
}

/** Scores yesterday's accepted reports by the return that came: weights first, then who is quarantined and who is let back. */
export function scoreReports(
  plan: ScreeningPlan,
  state: ScreeningState,
  agents: readonly Id[],
  reports: ReadonlyMap<Id, Reported>,
  ret: number,
  day: number,
): Note[] {
  reweigh(plan, state, agents, reports, ret)
  const rules = plan.quarantine
  if (rules === null) return []
  const notes: Note[] = []
  agents.forEach((id, i) => {
    const report = reports.get(id)
    if (report === undefined) return
    const record = state.records[i]
    take(record, outcomeOf(report.forecast, plan.level, ret), rules)
    const note = readmit(record, id, day, plan.level, rules)
    if (note !== null) notes.push(note)
  })
  return [...notes, ...convict(state, agents, day, rules)]
}

/** How many times as much evidence it takes to displace an agent from a quarantine that is full. */
const DISPLACES = 10

/**
 * Quarantines those whose evidence reaches the threshold, the most evident first, as long as fewer than half of all agents are
 * in; then only in the place of one against whom there is far less evidence. An honest agent whose model fails may be
 * quarantined as a liar is, so a rule on the reports that are left bears as many faulty ones as its bound says of their number,
 * not of the number of agents.
 */
function convict({ records }: ScreeningState, agents: readonly Id[], day: number, rules: QuarantinePlan): Note[] {
  const notes: Note[] = []
  const accused = agents.flatMap((id, i) => {
    const found = records[i].quarantine === null ? chargeAgainst(records[i], rules) : null
    if (found === null) records[i].isWaiting = false
    return found === null ? [] : [{ id, record: records[i], found }]
  })
  accused.sort((a, b) => b.found.evidence - a.found.evidence || (a.id < b.id ? -1 : 1))
  const most = Math.floor((agents.length - 1) / 2)
  let held = records.filter(record => record.quarantine !== null).length
  for (const { id, record, found } of accused) {
    const mildest = held < most ? null : mildestIn(records)
    if (mildest !== null && found.evidence >= DISPLACES * evidenceOf(records[mildest])) {
      notes.push(release(records[mildest], agents[mildest], id))
      held--
    }
    if (held < most) {
      held++
      notes.push(quarantine(record, id, day, found))
    } else if (!record.isWaiting) {
      record.isWaiting = true
      const detail = `${found.charge}: e-value ${short(found.evidence)}, but ${most} of ${agents.length} agents are quarantined already`
      notes.push({ kind: 'quarantine-full', agent: id, detail })
    }
  }
  return notes
}

/** The place of the quarantined agent against whom there is the least evidence now; null when nobody is quarantined. */
function mildestIn(records: readonly TrackRecord[]): number | null {
  let mildest: number | null = null
  records.forEach((record, i) => {
    if (record.quarantine === null) return
    if (mildest === null || evidenceOf(record) < evidenceOf(records[mildest])) mildest = i
  })
  return mildest
}

/** One round of online weights. Who said nothing loses what the mixture of the others does, which leaves its share as it was. */
function reweigh(
  { level, loss, weights, eta, alpha }: ScreeningPlan,
  state: ScreeningState,
  agents: readonly Id[],
  reports: ReadonlyMap<Id, Reported>,
  ret: number,
): void {
  if (weights === 'none' || reports.size === 0) return
  const shares = weightsOf(state.logWeights)
  const losses = new Float64Array(agents.length)
  let present = 0
  let mixed = 0
  agents.forEach((id, i) => {
    const report = reports.get(id)
    if (report === undefined) return
    losses[i] = unitLoss(report.forecast, level, ret, loss, state.sd)
    present += shares[i]
    mixed += shares[i] * losses[i]
  })
  agents.forEach((id, i) => {
    if (!reports.has(id)) losses[i] = present > 0 ? mixed / present : 0
  })
  state.logWeights =
    weights === 'exponential'
      ? exponentialStep(state.logWeights, losses, eta)
      : weights === 'fixedShare'
        ? fixedShareStep(state.logWeights, losses, eta, alpha)
        : bernsteinStep(state.logWeights, losses, eta)
}

export interface Panel {
  readonly reports: readonly Reported[]
  /** The online weights of those reports, which sum to 1; absent where none are kept. */
  readonly weights?: Float64Array
  readonly note: readonly Note[]
}

/**
 * The reports that a rule gets to see: those of agents out of quarantine, and where these are fewer than the rule needs, the
 * quarantined ones with the least evidence against them; that is noted when it begins.
 */
export function panelFor(
  plan: ScreeningPlan,
  state: ScreeningState,
  agents: readonly Id[],
  accepted: readonly Reported[],
  { label, rule, params }: { readonly label: string; readonly rule: Rule; readonly params: RuleParameters },
): Panel {
  const place = (id: Id): number => agents.indexOf(id)
  const evidence = ({ id }: Reported): number => state.records[place(id)].quarantine?.evidence ?? 0
  const order = [...accepted].sort((a, b) => evidence(a) - evidence(b) || (a.id < b.id ? -1 : 1))
  const free = accepted.filter(report => evidence(report) === 0).length
  const kept = Math.max(free, Math.min(accepted.length, rule.needs(params)))
  const reports = order.slice(0, kept).sort((a, b) => (a.id < b.id ? -1 : 1))
  const isLimited = kept > free
  const wasLimited = state.limited.get(label) ?? false
  state.limited.set(label, isLimited)
  const detail = `${label} needs ${rule.needs(params)} reports: ${kept - free} of quarantined agents are kept in`
  const logs = Float64Array.from(reports, ({ id }) => state.logWeights[place(id)])
  const best = logs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  return {
    reports,
    ...(plan.weights === 'none' ? {} : { weights: weightsOf(logs.map(log => log - best)) }),
    note: isLimited && !wasLimited ? [{ kind: 'quarantine-limited', detail }] : [],
  }
}

export const quarantinedIn = (state: ScreeningState, agents: readonly Id[]): Id[] =>
  agents.filter((_, i) => state.records[i].quarantine !== null)
