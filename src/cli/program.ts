import { Command, CommanderError } from 'commander'
import { isSwarmvarError, shellWord } from '../base/index.js'
import { versions } from '../report/index.js'
import { whole } from './arguments.js'
import { addFitCommand } from './fit-command.js'
import { loadScenario } from './load.js'
import { isProtocol, type ProtocolStormFlags, protocolStorms } from './protocol-storms.js'
import { type RunFlags, runCommand } from './run-command.js'
import { addSimulateCommand } from './simulate-command.js'
import { type StormFlags, stormCommand } from './storm-command.js'
import { type SweepFlags, sweepCommand } from './sweep-command.js'
import { verifyCommand } from './verify-command.js'

/** The flags of `run`, shared with scenario files that are run as scripts. */
function addRunFlags(command: Command): Command {
  return command
    .option('--seed <seed>', "any string (default: the scenario's own)")
    .option('--data <prices.csv>', "a CSV file of prices in place of the scenario's market")
    .option('--date <column>', 'its date column (default: date)')
    .option('--column <column>', 'its column of closing prices (default: close)')
    .option('--days <n>', 'number of forecast days', whole(1, 1_000_000))
    .option('--workers <n>', 'worker threads for trainings; the result never depends on it', whole(1, 256))
    .option('--out <folder>', 'where the run is saved (default: runs/<scenario>-<seed>)')
    .option('--force', 'replace a saved run that is already there')
    .option('--json', 'print one JSON object in place of tables')
    .option('--stream', 'write the trace to disk day by day, in memory that does not grow with the days; no report.html')
    .option('--no-control', 'leave out the control run without sharing')
}

export function buildProgram(argv: readonly string[], setExitCode: (code: number) => void): Command {
  const spoken = ['swarmvar', ...argv].map(shellWord).join(' ')
  const program = new Command('swarmvar')
    .description('Ensemble Value-at-Risk: seeded Bayesian agents, robust aggregation, runs that replay bit for bit.')
    .version(versions().swarmvar)
    .exitOverride()
  addRunFlags(program.command('run <scenario>').description('run a scenario file, print its tables, save the run'))
    .addHelpText(
      'after',
      '\nExamples:\n  swarmvar run scenarios/sp500.ts\n  swarmvar run scenarios/sp500.ts --seed any-string --data my.csv --column close --json',
    )
    .action(async (path: string, flags: RunFlags) => runCommand(await loadScenario(path), flags, spoken))
  program
    .command('verify <folder>')
    .description('replay a saved run and compare every event; needs nothing outside the folder')
    .option('--workers <n>', 'worker threads for trainings', whole(1, 256))
    .addHelpText(
      'after',
      '\nExample:\n  swarmvar verify runs/sp500-1\n\nExit code 0: the same. 1: something differs. 2: not a saved run.',
    )
    .action(async (folder: string, flags: { workers?: number }) => setExitCode((await verifyCommand(folder, flags)) ? 0 : 1))
  addFitCommand(program, spoken)
  addSimulateCommand(program, spoken)
  program
    .command('sweep <scenario>')
    .description('run a scenario over a grid of parameters; seeds come from the design point and the replication alone')
    .option('--grid <json>', "paths into the scenario and their values (default: the file's export `grid`)")
    .option('--replications <n>', 'runs a point', whole(1, 1_000_000), 1)
    .option('--seed <seed>', "any string (default: the scenario's own)")
    .option('--paired', 'run every point with the same seeds, so that points differ in what the grid changes alone')
    .option('--workers <n>', 'worker threads', whole(1, 256))
    .option('--out <folder>', 'save a report: report.html with tables and heat maps, results.csv, results.jsonl, manifest.json')
    .option('--force', 'replace a saved sweep that is already there')
    .option('--json', 'print one JSON object a run, a line each')
    .addHelpText(
      'after',
      `\nPaths of a grid: dots lead into the scenario; a list's items go by their id, name or kind.
  window                        a field of the scenario: refitEveryDays, days, riskLevels ...
  network.quorum                a field of a field: network.deadlineMs, network.topology ...
  agents.<id>.behaviour         of one agent, the whole behaviour: [{}, {"attack": {"kind": "mimic"}}]
  agents.<id>.model.options.window
  rules.<name>.f                of one rule; network.links.<kind>.meanMs of one link
A file that exports \`at\` reads the grid's names as it likes. With several replications the tables show means and standard errors.

Examples:\n  swarmvar sweep scenarios/faulty-agents.ts\n  swarmvar sweep scenarios/regime-change.ts --replications 5 --grid '{"window": [250, 500]}'
  swarmvar sweep scenarios/attack-tournament.ts --out runs/tournament`,
    )
    .action(async (path: string, flags: SweepFlags) => sweepCommand(path, flags, spoken))
  program
    .command('storm <scenario-or-protocol>')
    .description(
      'run a scenario, or a protocol by itself (broadcast, synchronous, asynchronous, wMsr), under many storms of faults; check everything, stop at the first violation',
    )
    .option('--seeds <n>', 'number of seeds', whole(1, 10_000_000), 100)
    .option('--seed <seed>', "prefix of the seeds: <seed>/0, <seed>/1, ... (default: the scenario's own)")
    .option('--only <seed>', 'this one seed, whole: replays a violation')
    .option('--days <n>', 'number of forecast days', whole(1, 1_000_000))
    .option('--n <n>', 'of a protocol: participants (default: 3f + 1)', whole(1, 100))
    .option('--f <f>', 'of a protocol: faulty ones (default: 1, 2 and 3, one after the other)', whole(0, 99))
    .option('--unsafe', 'of a protocol: allow more faulty participants than it tolerates')
    .option('--thresholds <echoes,amplify,deliver>', 'of an unsafe broadcast: other thresholds than Bracha’s')
    .option('--workers <n>', 'worker threads', whole(1, 256))
    .option('--json', 'print JSON: an object a seed, a line each; for a protocol the totals')
    .addHelpText(
      'after',
      '\nExamples:\n  swarmvar storm scenarios/partition-and-heal.ts --seeds 1000\n  swarmvar storm scenarios/byzantine-agreement.ts --seeds 20 --days 60\n  swarmvar storm asynchronous --f 2 --seeds 10000\n\nExit code 0: every promise held. 1: one was broken.',
    )
    .action(async (name: string, flags: StormFlags & ProtocolStormFlags) => {
      const held = isProtocol(name) ? protocolStorms(name, flags) : stormCommand(name, flags)
      setExitCode((await held) ? 0 : 1)
    })
  return program
}

/** Runs the command line; the exit code is 0, 1 (something unforeseen, or not the same) or 2 (bad input or usage). */
export async function runProgram(argv: readonly string[]): Promise<number> {
  let code = 0
  try {
    await buildProgram(argv, value => {
      code = value
    }).parseAsync(argv as string[], { from: 'user' })
    return code
  } catch (error) {
    return reportError(error)
  }
}

/** A scenario file run as a script takes the flags of `swarmvar run`. @public: required lazily by script.ts */
export async function runScript(
  load: () => Promise<Parameters<typeof runCommand>[0]>,
  argv: readonly string[],
  name: string,
): Promise<number> {
  try {
    const program = addRunFlags(new Command(name).exitOverride()).action(async (flags: RunFlags) =>
      runCommand(await load(), flags, `ts-node ${[name, ...argv].join(' ')}`),
    )
    await program.parseAsync(argv as string[], { from: 'user' })
    return 0
  } catch (error) {
    return reportError(error)
  }
}

function reportError(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (isSwarmvarError(error) && error.code === 'CANCELLED') {
    process.stderr.write('swarmvar: interrupted; nothing was saved\n')
    return 1
  }
  if (isSwarmvarError(error)) {
    process.stderr.write(`swarmvar: ${error.code}: ${error.message}\n`)
    return 2
  }
  process.stderr.write(`swarmvar: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return 1
}
