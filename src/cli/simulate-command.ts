import { join } from 'node:path'
import type { Command } from 'commander'
import { refuse } from '../base/index.js'
import { makeModel, modelTable } from '../models/index.js'
import { methodTable } from '../montecarlo/index.js'
import { checkFile, type SimulationReport, simulationPage, simulationText, writeWhole } from '../report/index.js'
import { simulateRisk } from '../validation/index.js'
import { jsonObject, level, whole } from './arguments.js'
import { addSeriesFlags, readSeries, type SeriesFlags } from './returns.js'

interface SimulateFlags extends SeriesFlags {
  readonly prior?: string
  readonly options?: string
  readonly level?: readonly number[]
  readonly horizon: number
  readonly methods?: readonly string[]
  readonly paths: number
  readonly seed: string
  readonly out?: string
  readonly json?: boolean
}

const CONVERGENCE_STEPS = 7

export function addSimulateCommand(program: Command, spoken: string): void {
  const command = program
    .command('simulate <model>')
    .description('VaR and ES of a model over several days by simulation, by every sampling design, with intervals')
  addSeriesFlags(command)
    .option('--prior <json>', `the model's prior, such as '{"nuShape": 4}'`)
    .option('--options <json>', `the model's options, such as '{"memory": 30}'`)
    .option('--level <p...>', 'left-tail levels (default: 0.01)', level)
    .option('--horizon <n>', 'days ahead: VaR and ES of their cumulative return', whole(1, 1000), 10)
    .option('--methods <names...>', `some of ${Object.keys(methodTable).join(', ')} (default: all)`)
    .option('--paths <n>', 'paths a method may evaluate, pilot runs included', whole(2000, 50_000_000), 100_000)
    .option('--seed <seed>', 'any string', '1')
    .option('--out <folder>', 'write simulation.html with convergence plots there; replaces an existing page')
    .option('--json', 'print one JSON object in place of tables')
    .addHelpText(
      'after',
      `\nModels: ${Object.keys(modelTable).sort().join(', ')}.

Examples:
  swarmvar simulate garchT
  swarmvar simulate gjrGarchT --data my.csv --column close --window 1000 --level .01 .025 --horizon 10 --out runs/simulation
  swarmvar simulate garchT --methods plain importance sobol --paths 500000 --json`,
    )
    .action((name: string, flags: SimulateFlags) => simulateCommand(name, flags, spoken))
}

/** Trains, simulates, writes the page, prints. */
async function simulateCommand(name: string, flags: SimulateFlags, command: string): Promise<void> {
  const file = flags.out === undefined ? undefined : join(flags.out, 'simulation.html')
  if (file !== undefined) checkFile(file, '--out')
  const spec = {
    name,
    ...(flags.prior === undefined ? {} : { prior: jsonObject(flags.prior, '--prior', '{"nuShape": 4}') }),
    ...(flags.options === undefined ? {} : { options: jsonObject(flags.options, '--options', '{"memory": 30}') }),
  }
  const model = makeModel(spec)
  if ((model.columns ?? 1) > 1)
    refuse('BAD_USAGE', `a model of ${model.columns} assets`, 'a model of one series: this command reads one column', '--options')
  const data = readSeries(flags)
  const simulation = simulateRisk(model, data.returns, {
    seed: flags.seed,
    levels: [...new Set(flags.level ?? [0.01])],
    horizonDays: flags.horizon,
    paths: flags.paths,
    ...(flags.methods === undefined ? {} : { methods: [...new Set(flags.methods)] }),
    convergenceSteps: file === undefined ? 0 : CONVERGENCE_STEPS,
  })
  const report: SimulationReport = { command, data, simulation }
  if (file !== undefined) writeWhole(file, await simulationPage(report))
  if (flags.json === true) process.stdout.write(`${JSON.stringify(jsonResult(spec, report))}\n`)
  else {
    process.stdout.write(simulationText(report))
    if (file !== undefined) process.stdout.write(`look at ${file}\n`)
  }
}

const jsonResult = (spec: object, { data, simulation }: SimulationReport): unknown => ({
  ...simulation,
  model: spec,
  data: { source: data.source, returns: data.labels.length, first: data.labels[0], last: data.labels[data.labels.length - 1] },
})
