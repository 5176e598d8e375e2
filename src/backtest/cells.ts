import { nextUniform, refuse, type Stream } from '../base/index.js'
import { independentHits } from './hit-draws.js'
import { checkLevel, type Hits, parseHits } from './hits.js'

/**
 * Days by how deep their loss was: cells[0] days without a hit, cells[j] days that hit exactly the j shallowest of the levels, the
 * last one those that hit them all.
 */
export type Cells = ArrayLike<number>

/** At least `levelsMin` levels, ascending. BAD_LEVELS, TOO_FEW_LEVELS. */
export function checkLevels(levels: ArrayLike<number>, levelsMin: number): void {
  const isArray = Array.isArray(levels) || (ArrayBuffer.isView(levels) && 'length' in levels)
  if (!isArray) refuse('BAD_LEVELS', levels, 'an array of levels', 'levels')
  if (levels.length < levelsMin) refuse('TOO_FEW_LEVELS', `${levels.length} levels`, `at least ${levelsMin}`, 'levels')
  for (let j = 0; j < levels.length; j++) {
    checkLevel(levels[j])
    if (j > 0 && !(levels[j] > levels[j - 1])) refuse('BAD_LEVELS', levels[j], 'levels that ascend', `levels[${j}]`)
  }
}

/**
 * The cells of hits at several levels, ascending. Errors: BAD_HITS, BAD_LEVEL, BAD_LEVELS, TOO_FEW_LEVELS (fewer than 2),
 * TOO_FEW_DAYS (none), LENGTH_MISMATCH, NOT_NESTED (a day that hits at a level and not at a shallower one: VaRs that cross).
 */
export function multilevelCells(hitsByLevel: readonly Hits[], levels: ArrayLike<number>): Int32Array {
  checkLevels(levels, 2)
  if (!(Array.isArray(hitsByLevel) && hitsByLevel.length === levels.length))
    refuse('LENGTH_MISMATCH', hitsByLevel?.length, `hits at each of ${levels.length} levels`, 'hitsByLevel')
  const parsed = hitsByLevel.map(hits => parseHits(hits, 1))
  const days = parsed[0].length
  for (const [j, hits] of parsed.entries())
    if (hits.length !== days)
      refuse('LENGTH_MISMATCH', `${hits.length} days`, `${days} days as at the first level`, `hitsByLevel[${j}]`)
  const cells = new Int32Array(levels.length + 1)
  for (let t = 0; t < days; t++) {
    let depth = 0
    for (let j = 0; j < parsed.length; j++) {
      depth += parsed[j][t]
      if (j > 0 && parsed[j - 1][t] > parsed[j][t])
        refuse(
          'NOT_NESTED',
          `a hit at ${levels[j - 1]} and none at ${levels[j]} on day ${t}`,
          'VaRs that do not cross',
          `hits[${t}]`,
        )
    }
    cells[depth]++
  }
  return cells
}

/** The same from counts of violations at each level, ascending. Errors: those of {@link multilevelCells}, BAD_COUNTS. */
export function cellsOfViolations(violations: ArrayLike<number>, days: number, levels: ArrayLike<number>): Int32Array {
  checkLevels(levels, 2)
  if (violations?.length !== levels.length)
    refuse('LENGTH_MISMATCH', violations?.length, `a count at each of ${levels.length} levels`, 'violations')
  if (!(Number.isInteger(days) && days >= 1)) refuse('TOO_FEW_DAYS', days, 'a whole number of at least 1', 'days')
  const cells = new Int32Array(levels.length + 1)
  for (let j = 0; j < levels.length; j++) {
    const [deeper, shallower] = [j === 0 ? 0 : violations[j - 1], violations[j]]
    if (!(Number.isInteger(shallower) && shallower >= 0 && shallower <= days))
      refuse('BAD_COUNTS', shallower, `a whole number from 0 to ${days}`, `violations[${j}]`)
    if (shallower < deeper)
      refuse('NOT_NESTED', `${deeper} hits at a level and ${shallower} at a shallower one`, 'counts that ascend')
    cells[levels.length - j] = shallower - deeper
  }
  cells[0] = days - violations[levels.length - 1]
  return cells
}

/** A right model's probability of each cell. */
export function cellProbabilities(levels: ArrayLike<number>): Float64Array {
  const n = levels.length
  return Float64Array.from({ length: n + 1 }, (_, cell) =>
    cell === 0 ? 1 - levels[n - 1] : levels[n - cell] - (cell === n ? 0 : levels[n - cell - 1]),
  )
}

/** Fills `cells` with those of independent days whose hits come at `rates`, ascending as levels. */
export function cellDraws(days: number, rates: ArrayLike<number>): (stream: Stream, cells: Int32Array) => void {
  const n = rates.length
  const draw = independentHits(days, rates[n - 1])
  const positions = new Int32Array(days)
  return (stream, cells) => {
    const hits = draw(stream, positions)
    cells.fill(0)
    cells[0] = days - hits
    for (let i = 0; i < hits; i++) {
      const u = nextUniform(stream) * rates[n - 1]
      let depth = 1
      while (depth < n && u < rates[n - depth - 1]) depth++
      cells[depth]++
    }
  }
}
