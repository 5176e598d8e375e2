import { type AgentInput, defineScenario, type Point, runIfMain, type SweepResult } from 'swarmvar'

// A network that breaks for thirty days and heals. Four of ten agents are cut off from the rest, the coordinator included: packets
// between the sides are lost ('drop'), or wait for the end ('hold'), or only what the four send is lost ('one way'). Safety: what
// is decided stays within what the heard say. Liveness: once the network has healed nobody is missing. With a coordinator the rest
// decides alone; without one, six of ten are fewer than the n - f = 7 that agreement needs, so it waits: it never splits.
// `swarmvar run` runs a coordinator behind lost packets, `swarmvar sweep` all of it, `swarmvar storm` adds faults from the seed.

const [FIRST, LAST] = [30, 60]
const CUT_OFF = ['gina', 'hugo', 'iris', 'jana']

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
  { id: 'jana', model: { name: 'ewma', options: { lambda: 0.9 } } },
]

const CUTS = {
  none: [],
  drop: [{ mode: 'drop' }],
  hold: [{ mode: 'hold' }],
  'one way': [{ mode: 'drop', symmetric: false }],
} as const

/** The scenario at a point of the grid. */
export const at = ({ decision, cut }: Point) =>
  defineScenario({
    name: 'partition-and-heal',
    market: 'sp500',
    window: 500,
    days: 120,
    agents: [...crew],
    network: {
      links: [
        ...CUTS[cut as keyof typeof CUTS].map(how => ({
          kind: 'partition',
          groups: [CUT_OFF],
          fromMs: FIRST * 1000,
          toMs: LAST * 1000,
          ...how,
        })),
        { kind: 'latency', distribution: 'uniform', minMs: 0.2, maxMs: 1 },
      ],
    },
    ...(decision === 'agreement'
      ? { decision: { protocol: 'asynchronous' as const, f: 3 } }
      : { rules: [{ name: 'mean' }, { name: 'median' }, { name: 'trimmedMean', f: 2 }] }),
  })

export const grid = { decision: ['coordinator', 'agreement'], cut: ['none', 'drop', 'hold', 'one way'] }

/** Who was missing for how long, and what it cost. */
export function conclude(results: readonly SweepResult[]): string[] {
  return results.map(({ point, trace }) => {
    const rule = point.decision === 'agreement' ? 'agreement' : 'median'
    const { days, pinball } = trace.rules[rule]['0.01']
    const { missing = 0, undecided = 0, late = 0 } = trace.notes
    const share = `${days} of ${trace.days} days decided`
    return `${point.decision}, cut ${point.cut}: ${share}, ${missing} reports missing, ${late} late, ${undecided} days with an honest agent undecided; pinball loss at 1 % ${pinball?.toFixed(4)}`
  })
}

const scenario = at({ decision: 'coordinator', cut: 'drop' })
export default scenario
runIfMain(module, scenario)
