import { z } from 'zod'

const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'a name of letters, digits, dots, dashes and underscores')
const ruleName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9._-]*$/, 'a name of letters, digits, dots, dashes and underscores that starts with a letter')
const count = z.number().int().positive()
const bag = z.record(z.string(), z.unknown())
const tagged = z.looseObject({ kind: z.string() })

const segment = z.strictObject({ model: z.string(), params: z.record(z.string(), z.number()), days: count.max(1_000_000) })

const priceFile = z.strictObject({
  csv: z.string().min(1),
  date: z.string().default('date'),
  close: z.string().default('close'),
})
const simulate = z.union([segment.transform(s => [s]), z.array(segment).min(1)])
// -0 becomes 0, as JSON keeps it.
const weights = z.array(z.number().transform(weight => weight + 0)).min(1)

const market = z.union([
  z.literal('sp500'),
  priceFile,
  z.strictObject({ prices: z.array(z.number()) }),
  z.strictObject({ returns: z.array(z.number()) }),
  z.strictObject({ simulate }),
])

const assetMarket = z.union([
  z.strictObject({ assets: z.array(priceFile).min(1), weights }),
  z.strictObject({
    csv: z.string().min(1),
    date: z.string().default('date'),
    columns: z.array(z.string().min(1)).min(1),
    weights,
  }),
  z.strictObject({ returns: z.array(z.array(z.number())).min(1), weights }),
  z.strictObject({ simulate, weights }),
])

const assimilate = z.union([
  z.literal(true).transform(() => ({})),
  z.strictObject({
    everyDays: count.optional(),
    trim: z.number().int().min(0).optional(),
    ownWeight: z.number().min(0).max(1).optional(),
  }),
])

const learnPrior = z.union([
  z.literal(true).transform(() => ({})),
  z.strictObject({ trim: z.number().int().min(0).optional(), discount: z.number().gt(0).max(1).optional() }),
])

const positive = z.number().positive()

const agreement = z.strictObject({
  kind: z.literal('agreement').default('agreement'),
  protocol: z.enum(['synchronous', 'asynchronous', 'wMsr']).default('synchronous'),
  f: z.number().int().min(0).optional(),
  epsilon: z.number().min(1e-9).default(0.001),
  range: z.number().min(1).max(1e6).default(1000),
  roundMs: z.number().min(1e-6).default(2),
  rounds: count.max(400).optional(),
})

const decision = z.union([
  z.literal('coordinator').transform(() => undefined),
  z.literal('agreement').transform(() => agreement.parse({})),
  agreement,
])

const outage = z.strictObject({ id, fromMs: z.number().min(0), toMs: z.number().positive() })

const storm = z.union([
  z.literal(true).transform(() => ({})),
  z.strictObject({
    untilDay: count.optional(),
    intensity: z.number().min(0).max(10).optional(),
    kinds: z.array(z.string()).min(1).optional(),
  }),
])

const screening = z.union([
  z.literal(true).transform(() => ({})),
  z.strictObject({
    level: z.number().optional(),
    loss: z.enum(['pinball', 'fz0']).optional(),
    weights: z.enum(['none', 'exponential', 'fixedShare', 'bernstein']).optional(),
    eta: positive.max(1e6).optional(),
    alpha: z.number().min(0).max(1).optional(),
    quarantine: z
      .union([
        z.literal(false),
        z.literal(true).transform(() => ({})),
        z.strictObject({ threshold: z.number().gt(1).optional(), probationDays: z.number().int().min(10).optional() }),
      ])
      .optional(),
  }),
])

const weightsKind = z.enum(['exponential', 'fixedShare', 'bernstein', 'relativeScore', 'minimumScore', 'stacking'])

const learnedWeights = z.union([
  weightsKind.transform(kind => ({ kind })),
  z.strictObject({
    kind: weightsKind,
    level: z.number().optional(),
    loss: z.enum(['pinball', 'fz0']).optional(),
    eta: positive.max(1e6).optional(),
    alpha: z.number().min(0).max(1).optional(),
    everyDays: count.optional(),
    leastDays: count.optional(),
    pastDays: count.optional(),
  }),
])

/** The spec as users write it. Typed arrays are turned into arrays before it is parsed. */
export const scenarioSchema = z.strictObject({
  name: id,
  seed: z.string().default('1'),
  market,
  window: z.number().int().min(50),
  days: count,
  refitEveryDays: count.default(20),
  riskLevels: z.array(z.number().gt(0).lt(0.5)).min(1).default([0.01, 0.025, 0.05]),
  agents: z
    .array(
      z.strictObject({
        id,
        model: z.strictObject({ name: z.string(), prior: bag.optional(), options: bag.optional() }),
        behaviour: z
          .strictObject({ attack: tagged.optional(), assimilate: assimilate.optional(), learnPrior: learnPrior.optional() })
          .default({}),
      }),
    )
    .min(1),
  network: z
    .strictObject({
      topology: z.union([z.string().transform(kind => ({ kind })), tagged]).default({ kind: 'complete' }),
      links: z.array(tagged).default([]),
      deadlineMs: z.number().positive().optional(),
      quorum: count.optional(),
      outages: z.array(outage).optional(),
      storm: storm.optional(),
    })
    .prefault({}),
  decision: decision.optional(),
  rules: z.array(z.looseObject({ name: ruleName, weights: learnedWeights.optional() })).default([]),
  screening: screening.optional(),
  use: z.array(z.string().min(1)).default([]),
})

/** The same with a market of several assets. */
export const assetScenarioSchema = scenarioSchema.extend({ market: assetMarket })

/** What `defineScenario` takes. */
export type ScenarioSpec = Omit<z.input<typeof scenarioSchema>, 'market'> & {
  readonly market:
    | z.input<typeof market>
    | z.input<typeof assetMarket>
    | { readonly returns: ArrayLike<number> }
    | { readonly prices: ArrayLike<number> }
    | { readonly returns: readonly ArrayLike<number>[]; readonly weights: ArrayLike<number> }
}

/** One agent as a scenario's author writes it. */
export type AgentInput = z.input<typeof scenarioSchema>['agents'][number]

export type ParsedSpec = z.output<typeof scenarioSchema> | z.output<typeof assetScenarioSchema>
