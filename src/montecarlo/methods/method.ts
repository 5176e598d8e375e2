import type { Key } from '../../base/index.js'
import type { Position } from '../position.js'
import type { Request, Sample } from '../sample.js'

/** A sampling design. */
export interface Method {
  readonly name: string
  readonly title: string
  /** Author, year. */
  readonly source: string
  sample(position: Position, request: Request, key: Key): Sample
}

/** Independent repetitions of designs whose points depend on each other. */
export const REPETITIONS = 64
