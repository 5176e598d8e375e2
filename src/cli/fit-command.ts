import type { Command } from 'commander'
import { isSwarmvarError, refuse } from '../base/index.js'
import { type Backcast, backcast, fitFrom, makeModel, modelTable, type Prediction, predictFrom, train } from '../models/index.js'
import { checkFile, type FitReport, fitPage, fitText, fitWarnings, writeWhole } from '../report/index.js'
import { jsonObject, level, whole } from './arguments.js'
import { addSeriesFlags, readSeries, type SeriesFlags } from './returns.js'

interface FitFlags extends SeriesFlags {
  readonly model: string
  readonly prior?: string
  readonly options?: string
  readonly level?: readonly number[]
  readonly horizonDays: number
  readonly paths?: number
  readonly chains?: number
  readonly draws?: number
  readonly seed: string
  readonly plot?: string
  readonly json?: boolean
}

const LEVELS = [0.01, 0.025, 0.05]
const BACKCAST_DAYS = 250

export function addFitCommand(program: Command, spoken: string): void {
  const command = program
    .command('fit')
    .description('train one model on a price file: its posterior with diagnostics, VaR and ES with intervals')
    .option('--model <name>', `one of ${Object.keys(modelTable).sort().join(', ')}`, 'garchT')
  addSeriesFlags(command)
    .option('--prior <json>', `the model's prior, such as '{"nuShape": 4}'`)
    .option('--options <json>', `the model's options, such as '{"memory": 30}'`)
    .option('--level <p...>', 'left-tail levels (default: 0.01 0.025 0.05)', level)
    .option('--horizon-days <n>', 'days ahead: VaR and ES of their cumulative return', whole(1, 1000), 1)
    .option('--paths <n>', 'simulated paths when that is more than one day (default: 500000)', whole(1000, 500_000_000))
    .option('--chains <n>', 'chains of the sampler, where the model has one', whole(1, 64))
    .option(
      '--draws <n>',
      'draws a chain in the first block; more follow until R-hat < 1.01 and bulk ESS is 400',
      whole(4, 1_000_000),
    )
    .option('--seed <seed>', 'any string', '1')
    .option('--plot <file.html>', 'write a page with trace, rank and density plots; replaces an existing file')
    .option('--json', 'print one JSON object in place of tables')
    .addHelpText(
      'after',
      `\nExamples:
  swarmvar fit
  swarmvar fit --model garchT --data my.csv --column close --window 1000 --plot fit.html
  swarmvar fit --model normalInverseGamma --options '{"memory": 30}' --level .01 .05 --json`,
    )
    .action((flags: FitFlags) => fitCommand(flags, spoken))
}

/** Trains, predicts, writes the page, prints. */
async function fitCommand(flags: FitFlags, command: string): Promise<void> {
  if (flags.plot !== undefined) checkFile(flags.plot, '--plot')
  const prior = flags.prior === undefined ? undefined : jsonObject(flags.prior, '--prior', '{"nuShape": 4}')
  const options = flags.options === undefined ? undefined : jsonObject(flags.options, '--options', '{"memory": 30}')
  const spec = {
    name: flags.model,
    ...(prior === undefined ? {} : { prior }),
    ...(options === undefined ? {} : { options }),
  }
  const model = makeModel(spec)
  if ((model.columns ?? 1) > 1)
    refuse('BAD_USAGE', `a model of ${model.columns} assets`, 'a model of one series: this command reads one column', '--options')
  const data = readSeries(flags)
  const levels = [...new Set(flags.level ?? LEVELS)]
  const training = {
    seed: flags.seed,
    ...(flags.chains === undefined ? {} : { chains: flags.chains }),
    ...(flags.draws === undefined ? {} : { draws: flags.draws }),
  }
  const startedMs = performance.now()
  const state = train(model, data.returns, training)
  const fit = fitFrom(model, state)
  const fittedMs = performance.now()
  const predictions = predictFrom(model, state, levels, {
    seed: flags.seed,
    horizonDays: flags.horizonDays,
    ...(flags.paths === undefined ? {} : { paths: flags.paths }),
  })
  const predictedMs = performance.now()
  const report: FitReport = { model: spec, seed: flags.seed, command, data, fit, predictions }
  if (flags.plot !== undefined) {
    const past = pastVars(() =>
      backcast(model, data.returns, levels, Math.min(BACKCAST_DAYS, data.returns.length >> 1), training),
    )
    writeWhole(flags.plot, await fitPage({ ...report, ...(past === undefined ? {} : { backcast: past }) }))
  }
  const seconds = { fit: (fittedMs - startedMs) / 1000, predict: (predictedMs - fittedMs) / 1000 }
  if (flags.json === true) process.stdout.write(`${JSON.stringify(jsonResult(report, seconds))}\n`)
  else {
    process.stdout.write(fitText(report))
    process.stdout.write(`fitted in ${shownMs(seconds.fit)}, VaR and ES in ${shownMs(seconds.predict)}\n`)
    if (flags.plot !== undefined) process.stdout.write(`look at ${flags.plot}\n`)
  }
}

const shownMs = (seconds: number): string =>
  seconds < 0.9995 ? `${(1000 * seconds).toFixed(seconds < 0.01 ? 1 : 0)} ms` : `${seconds.toFixed(1)} s`

/** Half a history may be too short for a model: then the page shows the returns alone. */
function pastVars(compute: () => Backcast): Backcast | undefined {
  try {
    return compute()
  } catch (error) {
    if (isSwarmvarError(error) && error.code === 'TOO_FEW_RETURNS') return undefined
    throw error
  }
}

/** The one object of --json; JSON writes NaN as null. */
function jsonResult(report: FitReport, seconds: { readonly fit: number; readonly predict: number }): unknown {
  const { model, seed, data, fit, predictions } = report
  return {
    model,
    seed,
    data: {
      source: data.source,
      returns: data.returns.length,
      first: data.labels[0],
      last: data.labels[data.labels.length - 1],
    },
    method: fit.method,
    chains: fit.names.length === 0 ? 0 : fit.draws[fit.names[0]].length,
    draws: fit.names.length === 0 ? 0 : fit.draws[fit.names[0]][0].length,
    paretoK: fit.paretoK ?? null,
    fallback: fit.fallback ?? null,
    warnings: fitWarnings(report),
    summary: fit.summary,
    horizonDays: predictions[0].horizonDays,
    risk: predictions.map(({ horizonDays: _, ...prediction }: Prediction) => prediction),
    seconds,
  }
}
