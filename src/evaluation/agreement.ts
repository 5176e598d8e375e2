import { DAY_MS } from '../scenario/define.js'
import type { Trace } from '../scenario/trace.js'
import type { AgreementEvaluation } from './types.js'

/** How far the agents of a run without a coordinator agreed; null where a coordinator decided. */
export function evaluateAgreement({ scenario, days, events }: Trace): AgreementEvaluation | null {
  const { decision } = scenario
  if (decision === undefined) return null
  const decided = events.filter(({ kind }) => kind === 'decision')
  const undecided = new Set(events.filter(event => event.kind === 'note' && event.note === 'undecided').map(({ day }) => day))
  const last = Math.max(0, ...events.filter(({ kind }) => kind === 'agreed').map(event => event.atMs % DAY_MS))
  return {
    protocol: decision.protocol,
    epsilon: decision.epsilon,
    days: days.length,
    agreedDays: decided.filter(({ day }) => !undecided.has(day)).length,
    largestSpread: decided.reduce((most, event) => Math.max(most, Number(event.spread)), 0),
    latestMs: last,
  }
}
