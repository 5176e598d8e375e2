import type { AgentInput } from 'swarmvar'

/** Bruno expects fat tails: GARCH-t with few degrees of freedom a priori. */
export const bruno: AgentInput = {
  id: 'bruno',
  model: { name: 'garchT', prior: { nuShape: 4, nuRate: 1 } },
  behaviour: { assimilate: true },
}
