import type { Event, Id, Note, Recorder } from '../network/index.js'

/** One thing that happened. `index` counts everything that was delivered or noted in the run, kept or not. */
export type HistoryEvent<Body = unknown> = { readonly index: number; readonly atMs: number; readonly who: Id } & (
  | { readonly kind: 'delivered'; readonly event: Event<Body> }
  | { readonly kind: 'noted'; readonly note: Note }
)

/** What happened in a run, in order, and how to see it again. Plain data, as far as the bodies are. */
export interface History<Body = unknown> {
  readonly seed: string
  /** The command that replays the run. */
  readonly replay: string
  readonly events: readonly HistoryEvent<Body>[]
}

/** A property that did not hold. */
export interface Violation {
  readonly property: string
  readonly seed: string
  /** The event that shows it; -1 where it is one that never came. */
  readonly eventIndex: number
  readonly atMs: number
  readonly who: Id
  readonly detail: string
  readonly replay: string
}

export interface HistoryRecorder<Body> {
  readonly recorder: Recorder<Body>
  readonly events: readonly HistoryEvent<Body>[]
}

/** A world's ear that keeps notes and signals, and of what else is delivered what `keeps` says. */
export function recordHistory<Body>(keeps: (event: Event<Body>) => boolean = () => true): HistoryRecorder<Body> {
  const events: HistoryEvent<Body>[] = []
  let index = 0
  const recorder: Recorder<Body> = {
    delivered(atMs, who, event) {
      const place = index++
      if (event.kind === 'signal' || keeps(event)) events.push({ index: place, atMs, who, kind: 'delivered', event })
    },
    noted(atMs, who, note) {
      events.push({ index: index++, atMs, who, kind: 'noted', note })
    },
  }
  return { recorder, events }
}

/** A violation that `event` of the history shows. */
export function violation(
  { seed, replay }: History,
  property: string,
  event: { readonly index: number; readonly atMs: number; readonly who: Id },
  detail: string,
): Violation {
  return { property, seed, eventIndex: event.index, atMs: event.atMs, who: event.who, detail, replay }
}

/** A violation by something that never came. */
export function missing(history: History, property: string, who: Id, detail: string): Violation {
  const atMs = history.events.at(-1)?.atMs ?? 0
  return violation(history, property, { index: -1, atMs, who }, detail)
}
