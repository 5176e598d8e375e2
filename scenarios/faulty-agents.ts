import { type AgentInput, defineScenario, type Point, runIfMain, type SweepResult } from 'swarmvar'
import { ada } from '../agents/ada.js'
import { bruno } from '../agents/bruno.js'
import { clara } from '../agents/clara.js'
import { dario } from '../agents/dario.js'
import { emma } from '../agents/emma.js'
import { felix } from '../agents/felix.js'
import { greta } from '../agents/greta.js'
import { harry } from '../agents/harry.js'
import { ivan } from '../agents/ivan.js'

// How many liars does each rule bear? The nine characters of sp500.ts, of whom f = 0 .. 4 overstate risk (a quantile of
// -1000) or understate it (a VaR near zero); the others, Harry and Ivan among them, are honest here. `swarmvar run` runs
// f = 2 overstating, `swarmvar sweep` the whole grid.

const LIES = { overstate: { kind: 'bias', value: 1000 }, understate: { kind: 'bias', riskScale: 0.01 } } as const

const liars = [harry, ivan, dario, greta]
const crew: readonly AgentInput[] = [ada, bruno, clara, dario, emma, felix, greta, harry, ivan]

/** The scenario at a point of the grid: the first `faulty` liars tell the `lie`. */
export const at = ({ faulty, lie }: Point) =>
  defineScenario({
    name: 'faulty-agents',
    market: 'sp500',
    window: 1000,
    days: 500,
    agents: crew.map(({ id, model }) => {
      const isLiar = liars.slice(0, Number(faulty)).some(liar => liar.id === id)
      return { id, model, behaviour: isLiar ? { attack: LIES[lie as keyof typeof LIES] } : {} }
    }),
    rules: [{ name: 'mean' }, { name: 'median' }, { name: 'trimmedMean', f: 2 }],
  })

export const grid = { lie: ['overstate', 'understate'], faulty: [0, 1, 2, 3, 4] }

/** Each rule's pinball loss at 1 % against its own without liars, in words. */
export function conclude(results: readonly SweepResult[]): string[] {
  const loss = (lie: unknown, faulty: unknown, rule: string): number =>
    results.find(({ point }) => point.lie === lie && point.faulty === faulty)?.trace.rules[rule]['0.01'].pinball ?? Number.NaN
  return grid.lie.flatMap(lie =>
    ['mean', 'median', 'trimmedMean'].map(rule => {
      const ratios = grid.faulty.map(faulty => loss(lie, faulty, rule) / loss(lie, 0, rule))
      const within = grid.faulty.filter((_, i) => Math.abs(ratios[i] - 1) <= 0.1)
      const shown = ratios.map((ratio, i) => `${grid.faulty[i]}: ${ratio.toFixed(2)}`).join(', ')
      return `${lie}, ${rule}: loss over its own without liars ${shown}; within 10 % up to ${Math.max(...within)} liars`
    }),
  )
}

const scenario = at({ faulty: 2, lie: 'overstate' })
export default scenario
runIfMain(module, scenario)
