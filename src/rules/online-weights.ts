import { refuse } from '../base/index.js'
import { exp, ln } from '../math/index.js'

// Weights are kept as logarithms, the largest 0: no number of rounds underflows, and who was bad for long can come back.

/** Log weights of `count` forecasters before the first round: equal. */
export const evenWeights = (count: number): Float64Array => new Float64Array(count)

/** The weights themselves, which sum to 1. */
export function weightsOf(logWeights: Float64Array): Float64Array {
  const raised = logWeights.map(log => exp(log))
  const sum = raised.reduce((total, weight) => total + weight, 0)
  return raised.map(weight => weight / sum)
}

/** One round of exponential weights (Littlestone & Warmuth 1994; Vovk 1990): w_i times exp(-eta loss_i). */
export const exponentialStep = (logWeights: Float64Array, losses: ArrayLike<number>, eta: number): Float64Array =>
  topped(logWeights.map((log, i) => log - eta * losses[i]))

/** One round of fixed share (Herbster & Warmuth 1998): (1 - alpha) times the exponential update, plus alpha / N. */
export function fixedShareStep(logWeights: Float64Array, losses: ArrayLike<number>, eta: number, alpha: number): Float64Array {
  const updated = exponentialStep(logWeights, losses, eta)
  if (alpha === 0) return updated
  return topped(weightsOf(updated).map(weight => ln((1 - alpha) * weight + alpha / updated.length)))
}

/** One round of Bernstein online aggregation (Wintenberger 2017): w_i times exp(-eta r_i (1 + eta r_i)), r_i = loss_i - w . loss. */
export function bernsteinStep(logWeights: Float64Array, losses: ArrayLike<number>, eta: number): Float64Array {
  const mixed = weightsOf(logWeights).reduce((sum, weight, i) => sum + weight * losses[i], 0)
  return topped(
    logWeights.map((log, i) => {
      const regret = losses[i] - mixed
      return log - eta * regret * (1 + eta * regret)
    }),
  )
}

function topped(logWeights: Float64Array): Float64Array {
  const largest = logWeights.reduce((a, b) => Math.max(a, b))
  return logWeights.map(log => log - largest)
}

/**
 * Exponential weights on T rows of N losses in [0, 1]: T + 1 rows of weights, each summing to 1, the first uniform, row t made
 * of the losses before round t. With eta = sqrt(8 ln N / T) the mixture's loss, the sum of w . loss, exceeds the best
 * forecaster's by at most sqrt(T ln N / 2) on every sequence (Cesa-Bianchi & Lugosi 2006, theorem 2.2).
 * Errors: BAD_LOSSES, BAD_ETA.
 */
export const exponentialWeights = (losses: readonly ArrayLike<number>[], eta: number): Float64Array[] =>
  rounds(losses, eta, (logs, row) => exponentialStep(logs, row, eta))

/**
 * Fixed share on such rows: the exponential update, of which every forecaster gives the share alpha in [0, 1] away to all, so
 * that the weights follow a best forecaster that changes. Herbster & Warmuth 1998. Errors: BAD_LOSSES, BAD_ETA, BAD_ALPHA.
 */
export function fixedShare(losses: readonly ArrayLike<number>[], eta: number, alpha: number): Float64Array[] {
  if (!(alpha >= 0 && alpha <= 1)) refuse('BAD_ALPHA', alpha, 'a share from 0 to 1', 'alpha')
  return rounds(losses, eta, (logs, row) => fixedShareStep(logs, row, eta, alpha))
}

/**
 * Bernstein online aggregation on such rows: weights proportional to exp(eta sum -r (1 + eta r)), r = loss - w . loss, eta
 * constant; its regret adapts to how much the losses vary. Wintenberger 2017. Errors: BAD_LOSSES, BAD_ETA.
 */
export const bernsteinOnline = (losses: readonly ArrayLike<number>[], eta: number): Float64Array[] =>
  rounds(losses, eta, (logs, row) => bernsteinStep(logs, row, eta))

// With larger ones, products of losses and rates leave the range of numbers.
const ETA_MAX = 1e6

function rounds(
  losses: readonly ArrayLike<number>[],
  eta: number,
  step: (logWeights: Float64Array, row: ArrayLike<number>) => Float64Array,
): Float64Array[] {
  const count = checkedCount(losses)
  if (!(eta >= 0 && eta <= ETA_MAX)) refuse('BAD_ETA', eta, `a learning rate from 0 to ${ETA_MAX}`, 'eta')
  let logWeights = evenWeights(count)
  const rows = [weightsOf(logWeights)]
  for (const row of losses) {
    logWeights = step(logWeights, row)
    rows.push(weightsOf(logWeights))
  }
  return rows
}

function checkedCount(losses: readonly ArrayLike<number>[]): number {
  if (!Array.isArray(losses) || losses.length === 0)
    refuse('BAD_LOSSES', Array.isArray(losses) ? 'no rows' : losses, 'at least one row of losses', 'losses')
  const count = lengthOf(losses[0])
  for (let t = 0; t < losses.length; t++) {
    if (count === 0 || lengthOf(losses[t]) !== count)
      refuse('BAD_LOSSES', losses[t], `a row of ${count || 'some'} losses`, `losses[${t}]`)
    for (let i = 0; i < count; i++)
      if (!(losses[t][i] >= 0 && losses[t][i] <= 1))
        refuse('BAD_LOSSES', losses[t][i], 'a loss from 0 to 1', `losses[${t}][${i}]`)
  }
  return count
}

const lengthOf = (row: unknown): number =>
  Array.isArray(row) || (ArrayBuffer.isView(row) && 'length' in row) ? (row as Float64Array).length : 0
