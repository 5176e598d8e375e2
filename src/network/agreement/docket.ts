import type { Id, Note } from '../node.js'

/**
 * What a participant has to say against others. It notes the first offence of each kind of each of them and no more, so that who
 * misbehaves without end cannot fill anybody's memory.
 */
export interface Docket {
  readonly seen: Set<string>
}

export const openDocket = (): Docket => ({ seen: new Set() })

/** True when an agent has been charged with this already, apart from one's word against another's. */
export const isCharged = ({ seen }: Docket, kind: Charge['kind'], agent: Id): boolean => seen.has(`${kind} ${agent}`)

export interface Charge {
  readonly kind: 'malformed' | 'equivocated' | 'suspicion' | 'late' | 'early'
  readonly agent: Id
  readonly detail: string
  /** The evidence. */
  readonly data?: unknown
  /** Who is at odds with the agent, where it is one's word against another's. */
  readonly accuser?: Id
}

export function charge(docket: Docket, notes: Note[], { kind, agent, detail, data, accuser }: Charge): void {
  const offence = accuser === undefined ? `${kind} ${agent}` : `${kind} ${agent} ${accuser}`
  if (docket.seen.has(offence)) return
  docket.seen.add(offence)
  notes.push({ kind, agent, detail, ...(data === undefined ? {} : { data }) })
}

/** Reads what a peer sent, which may be an object that throws when it is looked at; our own bugs go on. */
export function reading(read: () => void, unreadable: () => void): void {
  try {
    read()
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('internal error')) throw error
    unreadable()
  }
}
