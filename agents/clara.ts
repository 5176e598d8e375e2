import type { AgentInput } from 'swarmvar'

/** Clara expects persistence and thin tails: GARCH-t with a prior weight on beta and on many degrees of freedom. */
export const clara: AgentInput = {
  id: 'clara',
  model: { name: 'garchT', prior: { betaWeight: 8, nuShape: 8, nuRate: 0.4 } },
  behaviour: { assimilate: true },
}
