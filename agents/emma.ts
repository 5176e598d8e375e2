import type { AgentInput } from 'swarmvar'

/** Emma remembers a season: the same conjugate model as Dario, with more memory and a stronger prior. */
export const emma: AgentInput = {
  id: 'emma',
  model: { name: 'normalInverseGamma', prior: { shape: 4, scale: 3 }, options: { memory: 60 } },
  behaviour: { assimilate: true },
}
