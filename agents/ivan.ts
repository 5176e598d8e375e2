import type { AgentInput } from 'swarmvar'

/** Ivan flatters his desk: an honest model whose risk he understates by 60 %. */
export const ivan: AgentInput = {
  id: 'ivan',
  model: { name: 'garchT' },
  behaviour: { attack: { kind: 'bias', riskScale: 0.4 } },
}
