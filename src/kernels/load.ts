import { assert, nextUint32, refuse, type Stream } from '../base/index.js'
import { binary } from './binary.js'

/** A place in the kernels' memory, in bytes. */
export type Pointer = number

/** What the module in assembly/ exports; each function is described where it is written. */
interface KernelExports {
  readonly memory: WebAssembly.Memory
  heapBase(): Pointer
  mapElementary(which: number, input: Pointer, output: Pointer, count: number): void
  sortDraws(values: Pointer, count: number, words: Pointer, ascending: Pointer): void
  spread(values: Pointer, count: number): number
  normalScores(size: number, table: Pointer): void
  dropIndices(words: Pointer, ascending: Pointer, count: number, size: number): void
  rankScores(words: Pointer, ascending: Pointer, size: number, table: Pointer, scores: Pointer): void
  foldedScores(words: Pointer, ascending: Pointer, size: number, median: number, table: Pointer, scores: Pointer): void
  markAtMost(values: Pointer, count: number, threshold: number, marks: Pointer): number
  splitRhat(values: Pointer, rows: number, length: number, work: Pointer): number
  effectiveSize(values: Pointer, rows: number, length: number, work: Pointer): number
  smoothTail(
    logWeights: Pointer,
    count: number,
    tail: number,
    words: Pointer,
    ascending: Pointer,
    replace: boolean,
    work: Pointer,
  ): number
  logSumExp(values: Pointer, count: number): number
  garch(
    kind: number,
    returns: Pointer,
    n: number,
    start: number,
    prior: Pointer,
    rows: Pointer,
    count: number,
    out: Pointer,
    variances: Pointer,
  ): void
  garchParameters(kind: number, points: Pointer, count: number, rows: Pointer): void
  garchAbsorb(kind: number, ret: number, rows: Pointer, count: number, variances: Pointer, logDensities: Pointer): void
  garchPaths(row: Pointer, variance: number, days: number, paths: number, state: Pointer, out: Pointer): void
  proposeSplitT(
    state: Pointer,
    d: number,
    df: number,
    centre: Pointer,
    factor: Pointer,
    below: Pointer,
    above: Pointer,
    count: number,
    points: Pointer,
    logQ: Pointer,
  ): void
  sumOfKernels(
    points: Pointer,
    count: number,
    d: number,
    df: number,
    factor: Pointer,
    centres: Pointer,
    kernels: number,
    out: Pointer,
  ): void
  acceptIndependence(
    state: Pointer,
    d: number,
    count: number,
    points: Pointer,
    logWeights: Pointer,
    held: Pointer,
    out: Pointer,
  ): number
  studentTMixture(
    points: Pointer,
    m: number,
    draws: number,
    nu: Pointer,
    location: Pointer,
    scale: Pointer,
    weights: Pointer,
    cdf: Pointer,
    means: Pointer,
  ): void
  fillDraws(which: number, state: Pointer, out: Pointer, count: number): void
  transformScores(
    which: number,
    values: Pointer,
    stride: number,
    count: number,
    nu: number,
    coefficients: Pointer,
    terms: number,
  ): void
  sobolPoints(which: number, directions: Pointer, m: number, d: number, state: Pointer, bits: Pointer, out: Pointer): void
  latinScores(count: number, d: number, state: Pointer, order: Pointer, out: Pointer): void
  moveAlong(rows: Pointer, count: number, d: number, direction: Pointer, target: Pointer): void
  garchFromScores(
    rows: Pointer,
    draws: number,
    thresholds: Pointer,
    coefficients: Pointer,
    terms: number,
    scores: Pointer,
    days: number,
    count: number,
    out: Pointer,
  ): void
  paretoTails(items: Pointer, count: number, x: number, out: Pointer): void
  regimeLikelihoods(
    regimes: number,
    returns: Pointer,
    n: number,
    mean: number,
    squares: number,
    points: Pointer,
    count: number,
    out: Pointer,
  ): void
  regimeFilter(regimes: number, returns: Pointer, n: number, point: Pointer, out: Pointer): void
  regimeSmooth(regimes: number, n: number, point: Pointer, rows: Pointer): void
  sampleRegimes(regimes: number, returns: Pointer, n: number, point: Pointer, rows: Pointer, random: Pointer, out: Pointer): void
  particleFilter(
    returns: Pointer,
    count: number,
    n: number,
    mu: number,
    phi: number,
    sigma: number,
    state: Pointer,
    means: Pointer,
    work: Pointer,
  ): number
  prepareVolatility(
    phi: number,
    s: number,
    low: number,
    step: number,
    n: number,
    band: number,
    reach: number,
    inverse: Pointer,
    root: Pointer,
    starts: Pointer,
    weights: Pointer,
  ): void
  moveVolatility(density: Pointer, n: number, band: number, starts: Pointer, weights: Pointer, scale: number, out: Pointer): void
  filterVolatility(
    returns: Pointer,
    count: number,
    unit: number,
    density: Pointer,
    predicted: number,
    n: number,
    band: number,
    period: number,
    inverse: Pointer,
    root: Pointer,
    starts: Pointer,
    weights: Pointer,
    work: Pointer,
    ends: Pointer,
  ): number
  midpoints(rows: Pointer, n: number, columns: number, low: number, high: number, work: Pointer, out: Pointer): void
  sumsOfSorted(rows: Pointer, n: number, columns: number, from: number, to: number, work: Pointer, out: Pointer): void
  trimmedMeans(rows: Pointer, n: number, columns: number, from: number, to: number, work: Pointer, out: Pointer): void
  meansAroundMedian(rows: Pointer, n: number, columns: number, keep: number, work: Pointer, out: Pointer): void
  mLocations(rows: Pointer, n: number, columns: number, redescends: boolean, tuning: number, work: Pointer, out: Pointer): void
  walshMedians(rows: Pointer, n: number, columns: number, work: Pointer, out: Pointer): void
  weightedMedians(rows: Pointer, n: number, columns: number, weights: Pointer, which: number, work: Pointer, out: Pointer): void
  squaredDistances(rows: Pointer, n: number, columns: number, out: Pointer, width: number): void
  scaledSquaredDistances(
    rows: Pointer,
    n: number,
    columns: number,
    before: number,
    after: number,
    out: Pointer,
    width: number,
  ): void
  distancesFrom(rows: Pointer, n: number, columns: number, point: Pointer, out: Pointer): void
  projections(rows: Pointer, n: number, columns: number, point: Pointer, direction: Pointer, out: Pointer): void
  meansOfRows(
    rows: Pointer,
    n: number,
    columns: number,
    lists: Pointer,
    ends: Pointer,
    means: number,
    work: Pointer,
    out: Pointer,
  ): void
  shiftRows(rows: Pointer, n: number, columns: number, point: Pointer, before: number, after: number): void
  combineRows(rows: Pointer, n: number, columns: number, point: Pointer, coefficients: Pointer, out: Pointer): void
}

let loaded: KernelExports | undefined

/** The kernels of this thread: compiled and made when first asked for. */
export function kernels(): KernelExports {
  if (loaded === undefined) {
    const module = new WebAssembly.Module(Buffer.from(binary, 'base64'))
    loaded = new WebAssembly.Instance(module).exports as KernelExports
    top = (loaded.heapBase() + 15) & ~15
  }
  return loaded
}

// Everything above `top` is free. Scratch memory is a stack: what a call of `scratch` took is given back when it returns.
let top = 0

/** Runs `work`; the memory that it reserves is given back afterwards, whatever happens. Calls nest. */
export function scratch<T>(work: () => T): T {
  kernels()
  const before = top
  try {
    return work()
  } finally {
    top = before
  }
}

/** Reserves `bytes` of memory, aligned to 16, until the enclosing `scratch` ends. Its content is whatever was there. */
export function reserve(bytes: number): Pointer {
  const { memory } = kernels()
  assert(bytes >= 0, 'a size')
  const pointer = top
  if (!(pointer + bytes < 2147483000)) refuse('TOO_LARGE', `${bytes} bytes of numbers`, 'less than 2 GiB at once')
  top = (top + bytes + 15) & ~15
  const missing = top - memory.buffer.byteLength
  if (missing > 0) memory.grow(Math.ceil(Math.max(missing, memory.buffer.byteLength / 2) / 65536))
  return pointer
}

/** Reserves room for `length` doubles. */
export const reserveDoubles = (length: number): Pointer => reserve(8 * length)

/** Copies numbers into memory of their own. */
export function put(values: Float64Array): Pointer {
  const pointer = reserveDoubles(values.length)
  doublesAt(pointer, values.length).set(values)
  return pointer
}

/** A window on doubles in memory: good until the next `reserve`, which may move the memory. */
export const doublesAt = (pointer: Pointer, length: number): Float64Array =>
  new Float64Array(kernels().memory.buffer, pointer, length)

/** A window on 32-bit integers in memory, likewise. */
export const integersAt = (pointer: Pointer, length: number): Int32Array =>
  new Int32Array(kernels().memory.buffer, pointer, length)

/** A random state for kernels, seeded by the next eight words of a stream. Plain data: kernels move a copy of it on. */
export function randomState(stream: Stream): Int32Array {
  const words = new Int32Array(8)
  for (let i = 0; i < 8; i++) words[i] = nextUint32(stream)
  // The one state from which xoshiro never leaves.
  if (words.every(word => word === 0)) words[0] = 1
  return words
}

/** Copies a random state into memory. */
export function putRandomWords(words: Int32Array): Pointer {
  const pointer = reserve(32)
  integersAt(pointer, 8).set(words)
  return pointer
}

/** A random state in memory, seeded by the next eight words of a stream. */
export const putRandomState = (stream: Stream): Pointer => putRandomWords(randomState(stream))
