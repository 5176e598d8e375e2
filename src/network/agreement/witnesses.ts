import type { Value } from './body.js'
import type { Group } from './plan.js'

/** Whose reports of a round are true here: those whose values have all been delivered (Abraham, Amit & Dolev 2004). */
export interface Witnesses {
  /** The places of the senders whose values were delivered, in that order. */
  readonly delivered: number[]
  /** By the reporter's place: whom it named, and how many of them are still missing. */
  readonly reports: (readonly number[] | null)[]
  readonly missing: Int32Array
  /** How many reporters are witnesses. */
  count: number
  /** True when this participant has sent its own report. */
  reported: boolean
}

export const openWitnesses = (n: number): Witnesses => ({
  delivered: [],
  reports: new Array<readonly number[] | null>(n).fill(null),
  missing: new Int32Array(n),
  count: 0,
  reported: false,
})

/** The places of n - f different participants, or null for anything else. */
export function readReport({ n, f, placeOf }: Group, senders: unknown): readonly number[] | null {
  if (!Array.isArray(senders) || senders.length !== n - f) return null
  const places = Array.from(senders, id => placeOf.get(id) ?? -1)
  return places.includes(-1) || new Set(places).size < places.length ? null : places
}

/** Takes in a reporter's first report. Returns what it reported before, where that was something else. */
export function acceptReport(
  witnesses: Witnesses,
  reporter: number,
  senders: readonly number[],
  values: readonly (Value | null)[],
): readonly number[] | null {
  const before = witnesses.reports[reporter]
  if (before !== null) return before.length === senders.length && before.every((place, i) => place === senders[i]) ? null : before
  witnesses.reports[reporter] = senders
  let missing = 0
  for (const sender of senders) if (values[sender] === null) missing++
  witnesses.missing[reporter] = missing
  if (missing === 0) witnesses.count++
  return null
}

/** Takes in that the value of `sender` was delivered, once a round. */
export function acceptDelivery(witnesses: Witnesses, sender: number): void {
  witnesses.delivered.push(sender)
  const { reports, missing } = witnesses
  for (let i = 0; i < reports.length; i++) {
    if (reports[i] === null || !reports[i]!.includes(sender)) continue
    if (--missing[i] === 0) witnesses.count++
  }
}
