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
  if (protocol === 'asynchronous') return asynchronousAgreement({ ...group, epsilon, range }) as Node<unknown, AgreementBody>
  if (protocol === 'wMsr') return wMsr({ ...group, neighbours, range, roundMs, rounds }) as Node<unknown, AgreementBody>
  return synchronousAgreement({ ...group, epsilon, range, roundMs }) as Node<unknown, AgreementBody>
}
