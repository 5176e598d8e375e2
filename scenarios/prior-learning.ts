import { type AgentInput, defineScenario, type Point, runIfMain, type SweepResult } from 'swarmvar'

// Does a prior learned from earlier windows help agents that remember little? Six agents of two families, with priors of their
// own, train on 120 days; each has a twin that learns its prior from what its family believed after an earlier window.
// `swarmvar run` scores the pairs, and the same without learning as a control; `swarmvar sweep` compares discounts.

const WINDOW = 120

const crew: readonly Pick<AgentInput, 'id' | 'model'>[] = [
  { id: 'conjugate-broad', model: { name: 'normalInverseGamma', prior: { shape: 2, scale: 3 }, options: { memory: 60 } } },
  { id: 'conjugate-calm', model: { name: 'normalInverseGamma', prior: { shape: 6, scale: 5 }, options: { memory: 60 } } },
  { id: 'conjugate-plain', model: { name: 'normalInverseGamma', options: { memory: 60 } } },
  { id: 'garch-plain', model: { name: 'garchT' } },
  { id: 'garch-steady', model: { name: 'garchT', prior: { betaWeight: 6, alphaWeight: 1.5 } } },
  { id: 'garch-tailed', model: { name: 'garchT', prior: { nuShape: 4, nuRate: 0.8 } } },
]

/** The scenario at a discount; 0 is without learning. */
export const at = ({ discount }: Point) =>
  defineScenario({
    name: 'prior-learning',
    market: 'sp500',
    window: WINDOW,
    days: 1000,
    refitEveryDays: 20,
    agents: crew.flatMap(({ id, model }): AgentInput[] => [
      { id, model },
      {
        id: `${id}-learns`,
        model,
        behaviour: Number(discount) > 0 ? { learnPrior: { discount: Number(discount), trim: 1 } } : {},
      },
    ]),
    rules: [{ name: 'mean' }, { name: 'median' }, { name: 'trimmedMean', f: 2 }],
  })

export const grid = { discount: [0, 0.1, 0.25, 0.5, 1] }

/** What learning did to each learner's mean pinball loss, against its twin in the same run. */
export function conclude(results: readonly SweepResult[]): string[] {
  return ['0.01', '0.05'].flatMap(level =>
    crew.map(({ id }) => {
      const shown = results.map(({ point, trace: { agents } }) => {
        const [alone, learns] = [agents[id][level].pinball, agents[`${id}-learns`][level].pinball]
        const change = alone === null || learns === null ? Number.NaN : 100 * (learns / alone - 1)
        return `${point.discount}: ${change >= 0 ? '+' : ''}${change.toFixed(1)} %`
      })
      return `${level}, ${id}: pinball loss of the learner against its twin's, by discount ${shown.join(', ')}`
    }),
  )
}

const scenario = at({ discount: 0.5 })
export default scenario
runIfMain(module, scenario)
