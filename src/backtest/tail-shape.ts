import { nextUniform, refuse, type Stream } from '../base/index.js'
import {
  drawNormal,
  drawStudentT,
  normalPdf,
  normalQuantile,
  normalSurvival,
  studentTCdf,
  studentTLogPdf,
  studentTPartialMean,
  studentTQuantile,
} from '../distributions/index.js'
import { exp, expm1, ln, medianOfSorted, sorted } from '../math/index.js'
import { checkLevel } from './hits.js'
import { checkForecasts } from './shortfall-sample.js'

/** The shape of a return's left tail, whatever its location and scale. */
export type TailShape =
  | { readonly kind: 'normal' }
  | { readonly kind: 'studentT'; readonly nu: number }
  | { readonly kind: 'generalisedPareto'; readonly xi: number }

export interface ImpliedShape {
  readonly shape: TailShape
  /** For a remark: "a Student-t with 4.2 degrees of freedom, implied by ES / VaR". */
  readonly words: string
}

/** The heaviest Student-t that {@link impliedShape} answers with. */
export const NU_MIN = 2.1
/** Above so many degrees of freedom a tail is called normal. */
const NU_MAX = 1000

/**
 * The Student-t of location 0 whose ES / VaR at this level is the series' median ratio over the days with a positive VaR: normal when
 * the ratio is at or below the normal's (or no VaR is positive), never heavier than {@link NU_MIN}. Errors: BAD_LEVEL (above 0.5),
 * BAD_VAR, BAD_ES, LENGTH_MISMATCH, TOO_FEW_DAYS.
 */
export function impliedShape(vars: ArrayLike<number>, ess: ArrayLike<number>, level: number): ImpliedShape {
  const checked = checkForecasts(vars, ess, level)
  checkTailLevel(level)
  const ratios = checked.ess.map((es, t) => (checked.vars[t] > 0 ? es / checked.vars[t] : Number.NaN)).filter(Number.isFinite)
  if (ratios.length === 0) return { shape: { kind: 'normal' }, words: 'a normal tail, as no VaR is positive' }
  const ratio = medianOfSorted(sorted(ratios))
  const implied = (w: number): number => {
    const law = locationScale({ kind: 'studentT', nu: 1 / w }, level)
    return law.es / law.var
  }
  const normal = { shape: { kind: 'normal' }, words: 'a normal tail, implied by ES / VaR' } as const
  // At level 1/2 the VaR of a symmetric law is 0.
  if (!(level < 0.5) || ratio <= implied(1 / NU_MAX)) return normal
  let low = 1 / NU_MAX
  let high = 1 / NU_MIN
  if (ratio >= implied(high))
    return {
      shape: { kind: 'studentT', nu: NU_MIN },
      words: `a Student-t with ${NU_MIN} degrees of freedom, the heaviest allowed (ES / VaR implies a heavier one)`,
    }
  for (let i = 0; i < 60 && high - low > 1e-12; i++) {
    const middle = (low + high) / 2
    if (implied(middle) < ratio) low = middle
    else high = middle
  }
  const nu = 2 / (low + high)
  return { shape: { kind: 'studentT', nu }, words: `a Student-t with ${nu.toFixed(1)} degrees of freedom, implied by ES / VaR` }
}

/** Words for a shape that the user gave. */
export function shapeWords(shape: TailShape): string {
  if (shape.kind === 'normal') return 'a normal tail'
  if (shape.kind === 'studentT') return `a Student-t with ${Number(shape.nu.toFixed(1))} degrees of freedom`
  return `a generalised Pareto tail of shape ${Number(shape.xi.toFixed(2))}`
}

/** Errors: BAD_SHAPE (unknown kind; nu not above 1; xi not below 1: no finite ES). */
export function checkShape(shape: TailShape): TailShape {
  const isGood =
    shape?.kind === 'normal' ||
    (shape?.kind === 'studentT' && shape.nu > 1 && Number.isFinite(shape.nu)) ||
    (shape?.kind === 'generalisedPareto' && shape.xi < 1 && Number.isFinite(shape.xi))
  if (!isGood) refuse('BAD_SHAPE', shape, 'a normal, studentT (nu > 1) or generalisedPareto (xi < 1) shape', 'shape')
  return shape
}

export function checkTailLevel(level: number): void {
  checkLevel(level)
  if (level > 0.5) refuse('BAD_LEVEL', level, 'a left-tail probability of at most 0.5', 'level')
}

/**
 * The law of a loss in units of its tail: Y = (loss - VaR) / (ES - VaR), which depends on the shape and the level only. Given a hit,
 * Y > 0 and its mean is 1.
 */
export interface TailLaw {
  readonly shape: TailShape
  readonly level: number
  /** The value that a loss exceeds with probability u, 0 < u < 1: 0 at u = level. */
  upperQuantile(u: number): number
  /** P(Y > y). */
  survival(y: number): number
  /** E[Y^2 | hit]; Infinity when it does not exist (nu <= 2, xi >= 1/2). */
  readonly secondMoment: number
  /** A draw of Y on any day, hit or not. */
  draw(stream: Stream): number
}

export function tailLaw(shape: TailShape, level: number): TailLaw {
  checkShape(shape)
  checkTailLevel(level)
  return shape.kind === 'generalisedPareto' ? paretoLaw(shape, level) : ellipticLaw(shape, level)
}

type Elliptic = Exclude<TailShape, { kind: 'generalisedPareto' }>

function ellipticLaw(shape: Elliptic, level: number): TailLaw {
  const isNormal = shape.kind === 'normal'
  const { var: z, es: m } = locationScale(shape, level)
  const scale = m - z
  const upper = isNormal ? (u: number) => -normalQuantile(u) : (u: number) => -studentTQuantile(u, shape.nu)
  const above = isNormal ? normalSurvival : (x: number) => studentTCdf(-x, shape.nu)
  const draw = isNormal ? drawNormal : (stream: Stream) => drawStudentT(stream, shape.nu)
  return {
    shape,
    level,
    upperQuantile: u => (upper(u) - z) / scale,
    survival: y => above(z + scale * y),
    secondMoment: (rawSecondMoment(shape, level, z, m) - 2 * z * m + z * z) / (scale * scale),
    draw: stream => (draw(stream) - z) / scale,
  }
}

/** E[Z^2 | Z > z]: 1 + z m for the normal; for the Student-t from the derivative of z (1 + z^2 / nu) f(z). */
function rawSecondMoment(shape: Elliptic, level: number, z: number, m: number): number {
  if (shape.kind === 'normal') return 1 + z * m
  const { nu } = shape
  if (nu <= 2) return Number.POSITIVE_INFINITY
  return (nu / (nu - 2)) * (1 + (z * (1 + (z * z) / nu) * exp(studentTLogPdf(z, nu))) / level)
}

/** VaR and ES of the standard law. */
function locationScale(shape: Elliptic, level: number): { var: number; es: number } {
  if (shape.kind === 'normal') {
    const z = normalQuantile(level)
    return { var: -z, es: normalPdf(z) / level }
  }
  const z = studentTQuantile(level, shape.nu)
  return { var: -z, es: -studentTPartialMean(z, shape.nu, exp(studentTLogPdf(z, shape.nu))) / level }
}

/** P(Y > y) = level (1 + xi y / (1 - xi))^(-1 / xi), for all y at which it is a probability: the tail continued inwards. */
function paretoLaw(shape: { readonly kind: 'generalisedPareto'; readonly xi: number }, level: number): TailLaw {
  const { xi } = shape
  const sigma = 1 - xi
  const upperQuantile = (u: number): number => {
    const hazard = ln(level / u)
    return xi === 0 ? hazard : (sigma * expm1(xi * hazard)) / xi
  }
  return {
    shape,
    level,
    upperQuantile,
    survival: y => {
      const inner = 1 + (xi * y) / sigma
      if (inner <= 0) return xi < 0 ? 0 : 1
      return Math.min(1, level * exp(xi === 0 ? -y : -ln(inner) / xi))
    },
    secondMoment: xi < 0.5 ? (2 * (1 - xi)) / (1 - 2 * xi) : Number.POSITIVE_INFINITY,
    draw: stream => upperQuantile(nextUniform(stream)),
  }
}
