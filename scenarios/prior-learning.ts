import { type AgentInput, defineScenario, type Point, runIfMain, type SweepResult } from 'swarmvar'

// Does a prior learned from earlier windows help agents that remember little? Six agents of two families, with priors of their
// own, train on 120 days; from day 120 on each starts from what its family believed after an earlier window.
// `swarmvar run` scores them beside the same agents without learning (the control); `swarmvar sweep` compares discounts.

const crew: readonly Pick<AgentInput, 'id' | 'model'>[] = [
  { id: 'conjugate-broad', model: { name: 'normalInverseGamma', prior: { shape: 2, scale: 3 } } },
  { id: 'conjugate-calm', model: { name: 'normalInverseGamma', prior: { shape: 6, scale: 5 } } },
  { id: 'conjugate-plain', model: { name: 'normalInverseGamma' } },
  { id: 'garch-plain', model: { name: 'garchT' } },
  { id: 'garch-steady', model: { name: 'garchT', prior: { alphaWeight: 1.5, betaWeight: 6 } } },
  { id: 'garch-tailed', model: { name: 'garchT', prior: { nuShape: 4, nuRate: 0.8 } } },
]

/** The scenario at a discount, the share of an earlier window's information that the prior keeps; 0 is without learning. */
export const at = ({ discount }: Point) =>
  defineScenario({
    name: 'prior-learning',
    market: 'sp500',
    window: 120,
    days: 500,
    refitEveryDays: 20,
    agents: crew.map(agent => ({
      ...agent,
      behaviour: discount === 0 ? {} : { learnPrior: { discount: Number(discount), trim: 1 } },
    })),
    rules: [{ name: 'mean' }, { name: 'median' }, { name: 'trimmedMean', f: 2 }],
  })

export const grid = { discount: [0, 0.25, 0.5, 1] }

/** Pinball loss and width of the credible interval of VaR against those without learning, in words. */
export function conclude(results: readonly SweepResult[]): string[] {
  const change = (of: 'pinball' | 'meanVarInterval95', discount: unknown, id: string, level: string): string => {
    const value = (at: unknown): number =>
      results.find(({ point }) => point.discount === at)?.trace.agents[id][level][of] ?? Number.NaN
    const percent = 100 * (value(discount) / value(0) - 1)
    return `${percent < 0 ? '' : '+'}${percent.toFixed(1)} %`
  }
  const learning = grid.discount.filter(discount => discount > 0)
  return ['0.01', '0.05'].flatMap(level =>
    crew.map(({ id }) => {
      const shown = learning.map(
        discount =>
          `${discount}: ${change('pinball', discount, id, level)} (width ${change('meanVarInterval95', discount, id, level)})`,
      )
      return `${level}, ${id}: pinball loss against no learning, by discount ${shown.join(', ')}`
    }),
  )
}

const scenario = at({ discount: 0.5 })
export default scenario
runIfMain(module, scenario)
