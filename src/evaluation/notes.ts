import type { TraceNote } from '../scenario/trace.js'
import type { FaultyAgent, IntakeCount, NoteCount } from './types.js'

/** Notes by (agent, kind), in the order of their first appearance. */
export function countNotes(notes: readonly TraceNote[]): NoteCount[] {
  const byName = new Map<string, { -readonly [K in keyof NoteCount]: NoteCount[K] }>()
  for (const { agent, kind, day } of notes) {
    const name = JSON.stringify([agent, kind])
    const known = byName.get(name)
    if (known === undefined) byName.set(name, { agent, kind, count: 1, firstDay: day, lastDay: day })
    else {
      known.count++
      known.lastDay = day
    }
  }
  return [...byName.values()]
}

/** How often peers' posteriors were taken in ('assimilated' or 'prior-learned'), and how often an honest agent kept a faulty one's. */
export function countIntakes(
  notes: readonly TraceNote[],
  noted: 'assimilated' | 'prior-learned',
  faulty: readonly FaultyAgent[],
): IntakeCount {
  const faultyIds = new Set(faulty.map(({ agent }) => agent))
  const honestAgentsThatDid = new Set<string>()
  let count = 0
  let tookInFaulty = 0
  let unreadable = 0
  for (const { agent, kind, detail } of notes) {
    if (kind !== noted) continue
    count++
    const kept = keptIn(detail)
    if (kept === null) unreadable++
    else if (!faultyIds.has(agent) && kept.some(id => faultyIds.has(id))) {
      tookInFaulty++
      honestAgentsThatDid.add(agent)
    }
  }
  return { count, tookInFaulty, honestAgentsThatDid: [...honestAgentsThatDid], unreadable }
}

function keptIn(detail: string): string[] | null {
  try {
    const { kept } = JSON.parse(detail) as { kept?: unknown }
    return Array.isArray(kept) ? kept.map(String) : null
  } catch {
    return null
  }
}
