import { childKey } from '../../base/index.js'
import { runPilot } from '../pilot.js'
import { independentScores, lossesOf } from '../sample.js'
import { movedAlong } from '../scores.js'
import { densityRatios, type Tilt, tiltedTargets } from '../tilt.js'
import type { Method } from './method.js'

/**
 * Importance sampling of the score along the direction of loss, found by a pilot run: an exponential tilt, which shifts the normal
 * score (Glasserman, Heidelberger & Shahabuddin 1999, 2002: of a Student-t loss it moves the normal numerator and
 * the chi-square denominator together).
 */
export const importance: Method = tilted('importance', 'importance sampling, exponential tilt', 'exponential')

/** The same with Student-t components of the tail's own centre and width: heavier tails than the score's, so bounded weights by itself. */
export const importanceT: Method = tilted('importanceT', 'importance sampling, Student-t tilt', 'studentT')

const SCALE_MIN = 0.3
/** A proposal wider than the tail is safer than a narrower one. */
const WIDER = 1.5
const SHIFT_MAX = 8

function tilted(name: string, title: string, kind: Tilt['kind']): Method {
  return {
    name,
    title,
    source: 'Glasserman, Heidelberger & Shahabuddin 2002; Hesterberg 1995; Glynn 1996',
    sample(position, { level, paths }, key) {
      const pilot = runPilot(position, level, paths, childKey(key, 'pilot'))
      const tilt: Tilt = {
        kind,
        components: pilot.sides.map(({ share, mean, sd }) => ({
          share,
          centre: Math.max(-SHIFT_MAX, Math.min(SHIFT_MAX, mean)),
          scale: kind === 'exponential' ? 1 : Math.max(SCALE_MIN, Math.min(1, WIDER * sd)),
        })),
      }
      const count = paths - pilot.evaluations
      const weights = new Float64Array(count)
      const losses = lossesOf(position, count, 1, childKey(key, 'draws'), (chunk, rows, from) => {
        const { targets } = tiltedTargets(tilt, childKey(chunk, 'tilt'), rows)
        weights.set(densityRatios(tilt, targets), from)
        return movedAlong(independentScores(position, childKey(chunk, 'rows'), rows), pilot.direction, targets)
      })
      const centres = tilt.components.map(({ centre }) => Number(centre.toPrecision(3)))
      return {
        losses,
        weights,
        blockSize: 1,
        evaluations: paths,
        remark: `scores shifted by ${centres.join(' and ')} along the direction of loss; ${pilot.evaluations} evaluations in the pilot`,
      }
    },
  }
}
