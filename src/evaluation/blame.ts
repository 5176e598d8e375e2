import type { Trace, TraceNote } from '../scenario/trace.js'
import type { Blame } from './types.js'

/** What counts against an agent, the gravest first. Missing the day's deadline is told from being slower than the quorum by its time. */
const CHARGES = ['equivocated', 'malformed', 'quarantined', 'silent', 'late'] as const

type Charge = (typeof CHARGES)[number]

const DAY_MS = 1000

/**
 * The evidence that a Trace's notes hold against its agents: one row for each agent with any, in the scenario's order, with the
 * gravest charge's first note in its own words. Evidence of misbehaviour is none of intent: links that lose or garble leave the same.
 */
export function blameIn({ notes, scenario }: Trace): Blame[] {
  const { deadlineMs } = scenario.network
  const charges = new Map<string, { charge: Charge; note: TraceNote }[]>()
  for (const note of notes) {
    const charge = chargeOf(note, deadlineMs)
    if (charge === null) continue
    const known = charges.get(note.agent)
    if (known === undefined) charges.set(note.agent, [{ charge, note }])
    else known.push({ charge, note })
  }
  return scenario.agents.flatMap(({ id }) => {
    const against = charges.get(id)
    if (against === undefined) return []
    const counts = Object.fromEntries(
      CHARGES.map(charge => [charge, against.filter(each => each.charge === charge).length]),
    ) as Blame['counts']
    const gravest = CHARGES.find(charge => counts[charge] > 0) ?? CHARGES[0]
    const first = against.find(({ charge }) => charge === gravest)?.note ?? against[0].note
    return [
      {
        agent: id,
        counts,
        readmitted: notes.filter(({ kind, agent }) => kind === 'readmitted' && agent === id).length,
        firstDay: against[0].note.day,
        lastDay: against[against.length - 1].note.day,
        evidence: { charge: gravest, day: first.day, detail: first.detail },
      },
    ]
  })
}

function chargeOf({ kind, atMs }: TraceNote, deadlineMs: number): Charge | null {
  if (kind === 'missing') return atMs % DAY_MS >= deadlineMs ? 'silent' : null
  return CHARGES.find(charge => charge === kind) ?? null
}
