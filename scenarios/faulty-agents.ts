import { type AgentInput, defineScenario, type Point, runIfMain } from 'swarmvar'

// How many liars does each rule bear? Nine cheap agents on the S&P 500, of whom f = 0 .. 4 overstate risk (a quantile of
// -1000) or understate it (a VaR near zero). `swarmvar run` runs f = 2 overstating; `swarmvar sweep` runs the whole grid.

const LIES = { overstate: { kind: 'bias', value: 1000 }, understate: { kind: 'bias', riskScale: 0.01 } } as const

const crowd: AgentInput[] = [
  { id: 'a', model: { name: 'ewma', options: { lambda: 0.94 } } },
  { id: 'b', model: { name: 'normalInverseGamma', options: { memory: 30 } } },
  { id: 'c', model: { name: 'ewma', options: { lambda: 0.9 } } },
  { id: 'd', model: { name: 'normalInverseGamma', options: { memory: 20 } } },
  { id: 'e', model: { name: 'ewma', options: { lambda: 0.97 } } },
  { id: 'f', model: { name: 'historicalSimulation', options: { window: 250 } } },
  { id: 'g', model: { name: 'normalInverseGamma', options: { memory: 45 } } },
  { id: 'h', model: { name: 'bayesianBootstrap', options: { window: 250 } } },
  { id: 'i', model: { name: 'ewma', options: { lambda: 0.92 } } },
]

/** The scenario at a point of the grid: the first `faulty` agents tell the `lie`. */
export const at = ({ faulty, lie }: Point) =>
  defineScenario({
    name: 'faulty-agents',
    market: 'sp500',
    window: 500,
    days: 500,
    agents: crowd.map((agent, i) =>
      i < Number(faulty) ? { ...agent, behaviour: { attack: LIES[lie as keyof typeof LIES] } } : agent,
    ),
    rules: [{ name: 'mean' }, { name: 'median' }, { name: 'trimmedMean', f: 2 }],
  })

export const grid = { lie: ['overstate', 'understate'], faulty: [0, 1, 2, 3, 4] }

const scenario = at({ faulty: 2, lie: 'overstate' })
export default scenario
runIfMain(module, scenario)
