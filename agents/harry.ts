import type { AgentInput } from 'swarmvar'

/** Harry mixed up his units: he reports basis points where percent are expected, a hundredfold overstatement. */
export const harry: AgentInput = {
  id: 'harry',
  model: { name: 'normalInverseGamma', options: { memory: 45 } },
  behaviour: { attack: { kind: 'bias', riskScale: 100 } },
}
