import { type AgentInput, defineScenario, type Point, runIfMain, type SweepResult } from 'swarmvar'

// Can agents who understate risk be found out? Six models on the S&P 500, the last 1,000 days to April 2020, 99 % VaR. One or two
// of them report a VaR near zero: always, or for 250 days only. That hurts the median as much as the mean, since such a
// lie lies on the same side of everybody. Their hits give them away: with `screening` the coordinator keeps a track
// record, quarantines whom it convicts, and lets back who mends. Every rule runs on all reports (`median`) and on the screened ones
// (`median+screened`), so one run shows whether it helped. `swarmvar run` runs two liars for a stretch, `swarmvar sweep` the whole grid.

const models: readonly AgentInput[] = [
  { id: 'gjr', model: { name: 'gjrGarchT' } },
  { id: 'garchT', model: { name: 'garchT' } },
  { id: 'garchNormal', model: { name: 'garchNormal' } },
  { id: 'ewma', model: { name: 'ewma' } },
  { id: 'history250', model: { name: 'historicalSimulation', options: { window: 250 } } },
  { id: 'history1000', model: { name: 'historicalSimulation', options: { window: 1000 } } },
]

const liars = ['garchNormal', 'garchT']
const DAYS = { all: {}, stretch: { fromDay: 250, toDay: 499 } }
/** What the liars do on their days; that they say nothing shows how the others do without them. */
const TALES = { truth: null, zero: { kind: 'bias', riskScale: 0.01 }, nothing: { kind: 'silence' } }
const rules = [{ name: 'mean' }, { name: 'median' }, { name: 'trimmedMean', f: 1 }, { name: 'weightedTrimmedMean', f: 1 }]

/** The scenario at a point of the grid: on `days` the first `count` liars tell the `tale`. */
export const at = ({ days, count, tale }: Point) =>
  defineScenario({
    name: 'one-sided-liars',
    market: 'sp500',
    window: 1000,
    days: 1000,
    agents: models.map(({ id, model }) => {
      const told = TALES[tale as keyof typeof TALES]
      const lies = told !== null && liars.slice(0, Number(count)).includes(id)
      return { id, model, behaviour: lies ? { attack: { ...told, ...DAYS[days as keyof typeof DAYS] } } : {} }
    }),
    rules,
    screening: true,
  })

export const grid = { days: Object.keys(DAYS), count: [1, 2], tale: Object.keys(TALES) }

/** Screening repairs a rule when it undoes at least this share of what the lies cost. */
const REPAIRED = 0.8

/**
 * What liars cost each rule at 1 %, and how much of it screening undoes: against the same run in which they say nothing (what a
 * screen that knew them from the first day could reach), and against the run in which they are honest.
 */
export function conclude(results: readonly SweepResult[]): string[] {
  const traceAt = (days: string, count: number, tale: string) =>
    results.find(({ point }) => point.days === days && point.count === count && point.tale === tale)?.trace
  return grid.days.flatMap(days =>
    grid.count.flatMap(count => {
      const loss = (tale: string, rule: string): number => traceAt(days, count, tale)?.rules[rule]['0.01'].pinball ?? Number.NaN
      const notes = traceAt(days, count, 'zero')?.notes ?? {}
      return [
        `${count} of 6 with a VaR near zero, ${days === 'all' ? 'always' : 'on days 250 to 499'}: ` +
          `${notes.quarantined ?? 0} quarantined, ${notes.readmitted ?? 0} let back`,
        ...rules.map(({ name }) => {
          const [honest, silent, lied] = ['truth', 'nothing', 'zero'].map(tale => loss(tale, name))
          const screened = loss('zero', `${name}+screened`)
          const undone = (baseline: number): number => (lied - screened) / (lied - baseline)
          const percent = (share: number): string => `${Math.round(100 * share)} %`
          return (
            `  ${name}: loses ${honest.toFixed(4)} honest, ${silent.toFixed(4)} with silent liars, ${lied.toFixed(4)} lied to, ` +
            `${screened.toFixed(4)} screened; undone against silence ${percent(undone(silent))}, against honesty ${percent(undone(honest))}: ` +
            verdictOn(lied - silent, undone(silent))
          )
        }),
      ]
    }),
  )
}

function verdictOn(cost: number, undone: number): string {
  if (!(cost > 0)) return 'lies cost nothing'
  if (undone >= REPAIRED) return 'repaired'
  return undone > 0 ? 'repaired in part' : 'NOT repaired'
}

const scenario = at({ days: 'stretch', count: 2, tale: 'zero' })
export default scenario
runIfMain(module, scenario)
