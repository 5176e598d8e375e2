import type { AgentInput } from 'swarmvar'

/** Ada trusts the reference priors: GARCH-t, full posterior, and takes in what her kin believe. */
export const ada: AgentInput = {
  id: 'ada',
  model: { name: 'garchT' },
  behaviour: { assimilate: true },
}
