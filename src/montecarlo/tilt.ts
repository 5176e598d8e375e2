import { childKey, type Key } from '../base/index.js'
import { doublesAt, kernels, put, reserveDoubles, scratch } from '../kernels/index.js'
import { normalDraws, studentTOf, uniformDraws } from './scores.js'

/** A proposal for one standard normal score: one or two components, and beside them the score's own density. */
export interface Tilt {
  /** Exponential: normal components of scale 1. Student-t: components with 5 degrees of freedom. */
  readonly kind: 'exponential' | 'studentT'
  readonly components: readonly { readonly share: number; readonly centre: number; readonly scale: number }[]
}

/** The share drawn from the score's own density: no weight exceeds 1 / DEFENCE (Hesterberg 1995). */
export const DEFENCE = 0.1
const DEGREES = 5
/** Density of the Student-t with 5 degrees of freedom at 0, over that of the normal at 0. */
const PEAK_RATIO = 0.3796066898224944 / 0.3989422804014327

/** `count` independent draws from the proposal. */
export function tiltedTargets({ kind, components }: Tilt, key: Key, count: number): { targets: Float64Array } {
  const normals = normalDraws(childKey(key, 'normals'), count)
  const shaped = kind === 'studentT' ? studentTOf(normals, DEGREES) : normals
  const uniforms = uniformDraws(childKey(key, 'components'), count)
  const targets = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    if (components.length === 0 || uniforms[i] < DEFENCE) targets[i] = normals[i]
    else {
      const isFirst = components.length === 1 || uniforms[i] < DEFENCE + (1 - DEFENCE) * components[0].share
      const { centre, scale } = components[isFirst ? 0 : 1]
      targets[i] = centre + scale * shaped[i]
    }
  }
  return { targets }
}

/** The normal density over the proposal's, at each point. */
export function densityRatios({ kind, components }: Tilt, points: Float64Array): Float64Array {
  const n = points.length
  const inverse = new Float64Array(n).fill(components.length === 0 ? 1 : DEFENCE)
  for (const { share, centre, scale } of components) {
    const exponents =
      kind === 'exponential' ? points.map(s => centre * (s - centre / 2)) : points.map(s => Math.min(700, (s * s) / 2))
    const grown = exponentials(exponents)
    const part = (1 - DEFENCE) * share
    for (let i = 0; i < n; i++) {
      if (kind === 'exponential') inverse[i] += part * grown[i]
      else {
        const z = (points[i] - centre) / scale
        const base = 1 + (z * z) / DEGREES
        inverse[i] += (part * grown[i] * PEAK_RATIO) / (scale * base * base * base)
      }
    }
  }
  return inverse.map(x => 1 / x)
}

function exponentials(values: Float64Array): Float64Array {
  return scratch(() => {
    const [input, out] = [put(values), reserveDoubles(values.length)]
    kernels().mapElementary(0, input, out, values.length)
    return doublesAt(out, values.length).slice()
  })
}
