import { type AgentInput, defineScenario, type Point, runIfMain, type SweepResult } from 'swarmvar'

// No coordinator: ten agents agree among themselves on the day's forecast while up to f = 3 of them are Byzantine (n >= 3f + 1).
// Two of the faulty tell every receiver another story in every round; the third understates risk. `swarmvar run` runs three of
// them, `swarmvar sweep` none to three under every protocol: what does agreement cost in accuracy, and does it hold?

const LIES = [
  { kind: 'equivocation', spread: 0.9 },
  { kind: 'bias', riskScale: 0.01 },
  { kind: 'equivocation', spread: 0.5 },
] as const

const crew: readonly AgentInput[] = [
  { id: 'anna', model: { name: 'ewma' } },
  { id: 'bela', model: { name: 'ewma', options: { lambda: 0.97 } } },
  { id: 'carl', model: { name: 'normalInverseGamma', options: { memory: 30 } } },
  { id: 'dora', model: { name: 'normalInverseGamma', options: { memory: 60 } } },
  { id: 'egon', model: { name: 'normalInverseGamma', options: { memory: 120 } } },
  { id: 'fred', model: { name: 'historicalSimulation', options: { window: 250 } } },
  { id: 'gina', model: { name: 'historicalSimulation', options: { window: 500 } } },
  { id: 'hugo', model: { name: 'bayesianBootstrap', options: { window: 250 } } },
  { id: 'iris', model: { name: 'bayesianBootstrap', options: { window: 500 } } },
  { id: 'jana', model: { name: 'filteredHistorical' } },
]

/** The scenario at a point of the grid: the last `faulty` agents lie. */
export const at = ({ protocol, faulty }: Point) =>
  defineScenario({
    name: 'byzantine-agreement',
    market: 'sp500',
    window: 500,
    days: 250,
    agents: crew.map((agent, i) => {
      const lie = LIES[crew.length - 1 - i]
      return crew.length - i <= Number(faulty) ? { ...agent, behaviour: { attack: lie } } : agent
    }),
    network: { links: [{ kind: 'latency', distribution: 'uniform', minMs: 0.2, maxMs: 1 }] },
    decision: { protocol: protocol as 'synchronous', f: 3 },
  })

export const grid = { protocol: ['synchronous', 'asynchronous', 'wMsr'], faulty: [0, 1, 2, 3] }

/** Whether every day ended in agreement, and what the liars cost. */
export function conclude(results: readonly SweepResult[]): string[] {
  return grid.protocol.map(protocol => {
    const own = results.filter(({ point }) => point.protocol === protocol)
    const loss = ({ trace }: SweepResult): number => trace.rules.agreement['0.01'].pinball ?? Number.NaN
    const honest = own.find(({ point }) => point.faulty === 0)
    const ratios = own.map(result => `${result.point.faulty}: ${(loss(result) / loss(honest ?? result)).toFixed(3)}`)
    const undecided = own.reduce((sum, { trace }) => sum + (trace.notes.undecided ?? 0), 0)
    return `${protocol}: pinball loss at 1 % over that without liars ${ratios.join(', ')}; days on which an honest agent had no decision: ${undecided}`
  })
}

const scenario = at({ protocol: 'synchronous', faulty: 3 })
export default scenario
runIfMain(module, scenario)
