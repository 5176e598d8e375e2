import type { RiskSeries, Trace, TraceNote } from '../../src/scenario/trace.js'
import type { AgentSpec, RuleSpec } from '../../src/scenario/types.js'

/** VaR of each day, and ES (1.5 VaR unless given). */
export interface Said {
  readonly var: readonly number[]
  readonly es?: readonly number[]
}

/** A rule as { spec, said }, an agent as its spec, both at the one level .05; the grid is -VaR, and one and two times its size above. */
export interface SmallTrace {
  readonly returns: readonly number[]
  readonly rules: readonly { readonly spec: RuleSpec; readonly said: Said }[]
  readonly agents?: readonly { readonly id: string; readonly said: Said; readonly attack?: AgentSpec['behaviour']['attack'] }[]
  readonly notes?: readonly TraceNote[]
}

export const LEVEL = 0.05

/** A trace written down by hand. */
export function smallTrace({ returns, rules, agents = [], notes = [] }: SmallTrace): Trace {
  const days = returns.map((_, i) => `day ${i + 1}`)
  const series = ({ var: vars, es }: Said): { [level: string]: RiskSeries } => ({
    [String(LEVEL)]: { var: Float64Array.from(vars), es: Float64Array.from(es ?? vars.map(v => 1.5 * v)) },
  })
  const rows = ({ var: vars }: Said): Float64Array =>
    Float64Array.from(
      vars.flatMap(v => (Number.isNaN(v) ? [Number.NaN, Number.NaN, Number.NaN] : [-v, -v + Math.abs(v), -v + 2 * Math.abs(v)])),
    )
  const behaviour = (attack: AgentSpec['behaviour']['attack']): AgentSpec['behaviour'] => (attack === undefined ? {} : { attack })
  return {
    scenario: {
      name: 'small',
      seed: 's',
      market: { returns },
      window: 10,
      days: returns.length,
      refitEveryDays: 20,
      riskLevels: [LEVEL],
      agents: agents.map(({ id, attack }) => ({ id, model: { name: 'ewma' }, behaviour: behaviour(attack) })),
      network: { topology: { kind: 'complete' }, links: [], deadlineMs: 100, quorum: agents.length },
      rules: rules.map(({ spec }) => spec),
      use: [],
    },
    seed: 's',
    digest: 'd',
    dataDigest: 'e',
    data: { labels: days, returns: Float64Array.from(returns) },
    days,
    returns: Float64Array.from(returns),
    ensemble: Object.fromEntries(rules.map(({ spec, said }) => [spec.name, series(said)])),
    agents: Object.fromEntries(agents.map(({ id, said }) => [id, series(said)])),
    grid: {
      levels: Float64Array.of(LEVEL, 0.5, 1 - LEVEL),
      rules: Object.fromEntries(rules.map(({ spec, said }) => [spec.name, rows(said)])),
      agents: Object.fromEntries(agents.map(({ id, said }) => [id, rows(said)])),
    },
    notes,
    events: [],
  }
}

/** Every number in plain data is finite, and nothing is anything but plain data. */
export function isPlain(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (Array.isArray(value)) return value.every(isPlain)
  if (typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return false
  return Object.values(value).every(isPlain)
}
