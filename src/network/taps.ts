import { EventEmitter } from 'eventemitter3'
import { show } from '../base/index.js'
import type { Event, Id, Note } from './node.js'

/** What an observer is shown. */
export type Sighting<Body> =
  | { readonly kind: 'delivered'; readonly atMs: number; readonly to: Id; readonly event: Event<Body> }
  | { readonly kind: 'noted'; readonly atMs: number; readonly by: Id; readonly note: Note }

/** An observer: a dashboard, a printout. It gets copies, and whatever it does or throws leaves the run as it is. */
export type Tap<Body> = (sighting: Sighting<Body>) => unknown

export interface TapError {
  readonly atMs: number
  readonly message: string
}

export interface Taps<Body> {
  /** False while nobody listens: then nothing need be shown, and nothing is copied. */
  readonly active: boolean
  /** Returns the function that removes it again. */
  add(tap: Tap<Body>): () => void
  show(sighting: Sighting<Body>): void
  /** The first errors of the taps, at most `tapErrorsMax`. */
  readonly errors: readonly TapError[]
}

const tapErrorsMax = 1000

export function createTaps<Body>(): Taps<Body> {
  const emitter = new EventEmitter<{ sighting: [Sighting<Body>] }>()
  const errors: TapError[] = []

  const taps = {
    active: false,
    add,
    show: (sighting: Sighting<Body>) => void emitter.emit('sighting', sighting),
    errors,
  }

  function contain(atMs: number, error: unknown): void {
    if (errors.length < tapErrorsMax) errors.push({ atMs, message: error instanceof Error ? error.message : show(error) })
  }

  function add(tap: Tap<Body>): () => void {
    const listener = (sighting: Sighting<Body>) => {
      try {
        const answer = tap(structuredClone(sighting))
        if (answer instanceof Promise) answer.catch(error => contain(sighting.atMs, error))
      } catch (error) {
        contain(sighting.atMs, error)
      }
    }
    emitter.on('sighting', listener)
    taps.active = true
    return () => {
      emitter.off('sighting', listener)
      taps.active = emitter.listenerCount('sighting') > 0
    }
  }

  return taps
}
