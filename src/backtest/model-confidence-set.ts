import { childKey, nextInteger, openStream, refuse, rootKey } from '../base/index.js'
import { meanOf } from '../math/index.js'
import { bootstrapErrors } from './block-bootstrap.js'
import { automaticBlockLength } from './block-length.js'
import type { TestCard } from './card.js'
import { type Contest, type Elimination, eliminateByMaximum, eliminateByRange } from './elimination.js'
import { checkLosses } from './losses.js'
import { REPLICATIONS_MAX } from './monte-carlo.js'

export interface Losses {
  readonly [model: string]: ArrayLike<number>
}

export interface ConfidenceSetOptions {
  /** The size alpha: the set has confidence 1 - alpha. Default .1. */
  readonly level?: number
  /** Days of a block, fewer than there are. Default: `automaticBlockLength` of the losses less their daily average. */
  readonly blockLength?: number | 'automatic'
  /** Default 10,000. */
  readonly replications?: number
  readonly seed: string
}

export interface ConfidenceSet {
  /** The models whose p-value is at least the level, in the caller's order. */
  readonly included: readonly string[]
  /** The largest p-value of all tests up to the one after which the model left; 1 for those that remain to the end. */
  readonly pValues: { readonly [model: string]: number }
  /** Tests of equal loss of those that remain, and who left after each; a statistic of null is infinite. */
  readonly steps: readonly {
    readonly eliminated: readonly string[]
    readonly statistic: number | null
    readonly pValue: number
  }[]
  readonly blockLength: number
}

export const modelConfidenceSetCard: TestCard = {
  name: 'modelConfidenceSet',
  title: 'Model confidence set',
  null: 'All models that remain have the same expected loss; the worst leaves as long as that is rejected.',
  source: 'Hansen, Lunde & Nason (2011), sections 3.1.2 and 3.2; block length of Patton, Politis & White (2009)',
  caution:
    'A large set says that the data cannot tell its models apart, not that they are good. At 1,000 days and level 10 % one of five equally good models is missing in 10 to 11 % of samples, in 13 to 16 % when losses have an autocorrelation of 0.5; a given one in 2 to 5 %.',
}

/** The most numbers that losses or bootstrap may hold, and the most that pairs of models may look at: a minute or two. */
const SIZE_MAX = 50_000_000
const WORK_MAX = 10_000_000_000
// 2^900 and 2^-500; 2^-100 and 2^500.
const HUGE = 8.452712498170644e270
const TINY = 3.054936363499605e-151
const FROM_HUGE = 7.888609052210118e-31
const FROM_TINY = 3.273390607896142e150

/**
 * The set of models that contains the best one with confidence 1 - level (Hansen, Lunde & Nason 2011), by the statistic T_R ('R')
 * or T_max ('max') and a circular block bootstrap, as theirs. Results do not depend on the order of the models; models that tie
 * leave together, and models whose losses are equal stay together. Errors: BAD_LOSS, NO_MODELS, LENGTH_MISMATCH, TOO_FEW_DAYS (fewer
 * than 2), BAD_LEVEL, BAD_BLOCK_LENGTH (not below the days), BAD_REPLICATIONS, BAD_SEED, BAD_STATISTIC, TOO_LARGE.
 */
export function modelConfidenceSet(
  losses: Losses,
  options: ConfidenceSetOptions & { readonly statistic?: 'R' | 'max' },
): ConfidenceSet {
  const statistic = options?.statistic ?? 'R'
  if (statistic !== 'R' && statistic !== 'max') refuse('BAD_STATISTIC', statistic, "'R' or 'max'", 'statistic')
  return prepare(losses, options)(statistic === 'R' ? eliminateByRange : eliminateByMaximum)
}

/** Both statistics from one bootstrap, each as `modelConfidenceSet` gives it. */
export function modelConfidenceSets(
  losses: Losses,
  options: ConfidenceSetOptions,
): { readonly R: ConfidenceSet; readonly max: ConfidenceSet } {
  const answer = prepare(losses, options)
  return { R: answer(eliminateByRange), max: answer(eliminateByMaximum) }
}

function prepare(
  losses: Losses,
  options: ConfidenceSetOptions,
): (eliminate: (contest: Contest) => Elimination[]) => ConfidenceSet {
  const names = namesOf(losses)
  const { level = 0.1, replications = 10_000, seed } = options ?? {}
  const days = losses[names[0]].length
  if (!(level > 0 && level < 1)) refuse('BAD_LEVEL', level, 'a number between 0 and 1', 'level')
  if (!(Number.isInteger(replications) && replications >= 1 && replications <= REPLICATIONS_MAX))
    refuse('BAD_REPLICATIONS', replications, `a whole number from 1 to ${REPLICATIONS_MAX}`, 'replications')
  const models = names.length
  if (Math.max(replications, days) * models > SIZE_MAX || models * models * replications > WORK_MAX)
    refuse('TOO_LARGE', `${models} models, ${days} days, ${replications} replications`, 'fewer', 'losses')
  // The order of the names decides the order of sums, so that the caller's does not.
  const ordered = [...names].sort((a, b) => (a < b ? -1 : 1))
  const scaled = inRange(ordered.map(name => losses[name]))
  const means = Float64Array.from(scaled, meanOf)
  const blockLength = options?.blockLength ?? 'automatic'
  const length = blockLength === 'automatic' ? automaticBlockLength(lessAverage(scaled)) : blockLength
  if (!(Number.isInteger(length) && length >= 1 && length < days))
    refuse('BAD_BLOCK_LENGTH', length, `a whole number from 1 to ${days - 1}, or 'automatic'`, 'blockLength')
  const stream = openStream(childKey(childKey(rootKey(seed), 'backtest'), 'modelConfidenceSet'))
  const centred = scaled.map((series, i) => series.map(loss => loss - means[i]))
  const errors = bootstrapErrors(centred, length, replications, () => nextInteger(stream, days))
  const largest = Float64Array.from(scaled, largestOf)
  return eliminate => answerOf(names, ordered, eliminate({ losses: scaled, means, largest, errors }), level, length)
}

function answerOf(
  names: readonly string[],
  ordered: readonly string[],
  eliminations: readonly Elimination[],
  level: number,
  blockLength: number,
): ConfidenceSet {
  const found = new Map(names.map(name => [name, 1]))
  let largest = 0
  for (const { models, pValue } of eliminations) {
    largest = Math.max(largest, pValue)
    for (const i of models) found.set(ordered[i], largest)
  }
  return {
    included: names.filter(name => found.get(name)! >= level),
    pValues: Object.fromEntries(found),
    steps: eliminations.map(({ models, statistic, pValue }) => ({
      eliminated: models.map(i => ordered[i]),
      statistic: Number.isFinite(statistic) ? statistic : null,
      pValue,
    })),
    blockLength,
  }
}

function namesOf(losses: Losses): string[] {
  if (typeof losses !== 'object' || losses === null || Array.isArray(losses) || ArrayBuffer.isView(losses))
    refuse('BAD_LOSS', losses, 'an object with an array of losses for each model', 'losses')
  const names = Object.keys(losses)
  if (names.length === 0) refuse('NO_MODELS', 'no models', 'at least one', 'losses')
  const days = losses[names[0]]?.length
  for (const name of names) {
    checkLosses(losses[name], `losses.${name}`)
    if (losses[name].length !== days)
      refuse('LENGTH_MISMATCH', `${days} and ${losses[name].length} losses`, 'as many of each model', `losses.${name}`)
  }
  if (days < 2) refuse('TOO_FEW_DAYS', `${days} days`, 'at least 2', 'losses')
  return names
}

const largestOf = (series: Float64Array): number =>
  series.reduce((largest, loss) => (Math.abs(loss) > largest ? Math.abs(loss) : largest), 0)

/** The losses times a power of two, so that their sums neither overflow nor vanish; nothing is rounded. */
function inRange(series: readonly ArrayLike<number>[]): Float64Array[] {
  const copies = series.map(losses => Float64Array.from(losses))
  const largest = Math.max(...copies.map(largestOf))
  const factor = largest > HUGE ? FROM_HUGE : largest < TINY ? FROM_TINY : 1
  return factor === 1 ? copies : copies.map(losses => losses.map(loss => loss * factor))
}

function lessAverage(series: readonly Float64Array[]): Float64Array[] {
  const average = new Float64Array(series[0].length)
  for (const losses of series) for (let t = 0; t < average.length; t++) average[t] += losses[t] / series.length
  return series.map(losses => losses.map((loss, t) => loss - average[t]))
}
