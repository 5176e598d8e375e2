import type { AgentInput } from 'swarmvar'

/** Dario forgets fast: a conjugate normal model that remembers about six weeks. */
export const dario: AgentInput = {
  id: 'dario',
  model: { name: 'normalInverseGamma', options: { memory: 30 } },
  behaviour: { assimilate: true },
}
