import { doublesAt, integersAt, kernels, reserveDoubles, scratch } from '../kernels/index.js'
import { squaredDistances, type Unit, unitFor } from './distances.js'
import { type Matrix, onMatrix, perColumn } from './matrix.js'
import { checkCount, checkEnough, countParameter } from './parameters.js'
import { checkRows, type Rows } from './rows.js'
import { defineRule } from './rule.js'

/**
 * Bulyan: n - 2f rounds of Krum, each on the rows that remain (with at least 1 neighbour; ties to the lower index), then per
 * coordinate the mean of the n - 4f values of the chosen rows nearest their median, by (distance, value). Forecasts are chosen
 * whole; the second stage is not monotone, so they are rearranged. El Mhamdi, Guerraoui & Rouault 2018. O(n^2 d + n^3).
 * Errors: BAD_REPORT, BAD_PARAMETER, TOO_MANY_FAULTS (n < 4f + 3).
 */
export function bulyan(rows: Rows, f: number): Float64Array {
  checkRows(rows)
  checkCount('bulyan', 'f', f)
  const n = rows.length
  checkEnough('bulyan', n, 4 * f + 3, `f = ${f}`, '4f + 3')
  const chosen = onMatrix(rows, matrix => roundsOfKrum(matrix, f))
  return perColumn(
    chosen.map(i => rows[i]),
    ({ at, columns }, work, out) => kernels().meansAroundMedian(at, n - 2 * f, columns, n - 4 * f, work, out),
  )
}

/** Rows near each row, nearest first, itself left out; and how near. */
interface Nearest {
  readonly order: Int32Array
  readonly squares: Float64Array
}

function roundsOfKrum(matrix: Matrix, f: number): number[] {
  const { n } = matrix
  const nearest = new Map<Unit, Nearest[]>()
  const inOneUnit = (unit: Unit): Nearest[] => {
    if (!nearest.has(unit)) nearest.set(unit, nearestOf(matrix, unit))
    return nearest.get(unit)!
  }
  const left = new Uint8Array(n).fill(1)
  const chosen: number[] = []
  for (let remain = n; chosen.length < n - 2 * f; remain--) {
    const neighbours = Math.max(remain - f - 2, 1)
    let best = lowestScore(inOneUnit('plain'), left, neighbours)
    const unit = unitFor(best.score)
    if (unit !== 'plain') best = lowestScore(inOneUnit(unit), left, neighbours)
    chosen.push(best.row)
    left[best.row] = 0
  }
  return chosen
}

/** The remaining row with the least sum of squared distances to the nearest that remain. */
function lowestScore(nearest: readonly Nearest[], left: Uint8Array, neighbours: number): { row: number; score: number } {
  let row = -1
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < left.length; i++) {
    if (left[i] === 0) continue
    const { order, squares } = nearest[i]
    let score = 0
    for (let k = 0, count = 0; k < order.length && count < neighbours && score <= least; k++) {
      if (left[order[k]] === 0) continue
      score += squares[k]
      count++
    }
    if (row < 0 || score < least) {
      row = i
      least = score
    }
  }
  return { row, score: least }
}

function nearestOf(matrix: Matrix, unit: Unit): Nearest[] {
  return scratch(() => {
    const { at, n, columns } = squaredDistances(matrix, unit)
    const [words, ascending] = [reserveDoubles(n), reserveDoubles(n)]
    return Array.from({ length: n }, (_, i) => {
      kernels().sortDraws(at + 8 * i * columns, n, words, ascending)
      const places = integersAt(words, 2 * n)
      const values = doublesAt(ascending, n)
      const order = new Int32Array(n - 1)
      const squares = new Float64Array(n - 1)
      for (let k = 0, count = 0; k < n; k++) {
        if (places[2 * k] === i) continue
        order[count] = places[2 * k]
        squares[count++] = values[k]
      }
      return { order, squares }
    })
  })
}

export const bulyanRule = defineRule<{ readonly f: number }>({
  name: 'bulyan',
  source: 'El Mhamdi, Guerraoui & Rouault, 2018',
  breakdown: '1/4, for f as large as n allows',
  order: 'rearranged',
  parameters: countParameter('bulyan', 'f'),
  bound: (_n, { f }) => f,
  needs: ({ f }) => 4 * f + 3,
  aggregate: (rows, { f }) => bulyan(rows, f),
})
