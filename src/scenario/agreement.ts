import type { Levels } from '../forecast/index.js'
import {
  type AgreementBody,
  asynchronousAgreement,
  type Id,
  type Neighbours,
  type Node,
  synchronousAgreement,
  wMsr,
} from '../network/index.js'
import type { AgreementSpec } from './types.js'

/** The label of what agents agree on, where rules have theirs. */
export const AGREEMENT = 'agreement'

/** The protocol that a scenario's agents agree by. Errors: TOO_MANY_FAULTS, and what else the protocol refuses. */
export function agreementOf(
  { protocol, f, epsilon, range, roundMs, rounds = 1 }: AgreementSpec,
  ids: readonly Id[],
  neighbours: Neighbours,
  { levels, riskLevels }: Levels,
): Node<unknown, AgreementBody> {
  const group = { ids, f, dimension: levels.length + riskLevels.length, topic: AGREEMENT }
  const accepts = (vector: Float64Array): boolean => isForecast(vector, { levels, riskLevels })
  if (protocol === 'asynchronous')
    return asynchronousAgreement({ ...group, accepts, epsilon, range }) as Node<unknown, AgreementBody>
  if (protocol === 'wMsr') return wMsr({ ...group, neighbours, range, roundMs, rounds }) as Node<unknown, AgreementBody>
  return synchronousAgreement({ ...group, accepts, epsilon, range, roundMs }) as Node<unknown, AgreementBody>
}

// Honest shortfalls may fall below their VaR by a rounding error.
const ROUNDING = 1e-9

/** Whether a vector's quantiles ascend and its shortfalls are not below their VaR: who sends another is malformed, and named. */
function isForecast(vector: Float64Array, { levels, riskLevels }: Levels): boolean {
  const n = levels.length
  for (let i = 1; i < n; i++) if (vector[i] < vector[i - 1]) return false
  return riskLevels.every((level, i) => {
    const valueAtRisk = 0 - vector[levels.indexOf(level)]
    return vector[n + i] >= valueAtRisk - ROUNDING * Math.max(1, Math.abs(valueAtRisk))
  })
}
