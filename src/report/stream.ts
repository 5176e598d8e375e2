import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import {
  absolutePaths,
  type RunFacts,
  type RunOptions,
  runInto,
  type Scenario,
  type SummarySink,
  type TraceSummary,
} from '../scenario/index.js'
import { fileLines, lineSink } from './lines.js'
import { checkModules, makeManifest, openDraft, refuseWriting, writeInputs } from './store.js'

export interface StreamOptions extends RunOptions {
  /** Where the run is saved: a new folder. */
  readonly folder: string
  /** Replaces a saved run that is already there. */
  readonly force?: boolean
  /** What the manifest says the run was started by. */
  readonly command?: string
}

/** A run on disk and what is known of it without reading it again. */
export interface StreamedRun {
  readonly digest: string
  readonly dataDigest: string
  /** Number of forecast days. */
  readonly days: number
  readonly firstDay: string
  readonly lastDay: string
  /** The same numbers as `summariseTrace` gives for the Trace of `run`. */
  readonly summary: TraceSummary
  readonly folder: string
}

/**
 * Runs a scenario with its record going to disk as its days end: the same digest and, report.html aside, the same files as
 * `run` and saveRun, in memory that does not grow with the number of days but for the market's own data (labels, returns).
 * The folder appears under its name when it is whole; after an error, or an abort of the signal, nothing is left of it.
 * Errors: those of `run`; OUTPUT_EXISTS; BAD_OUTPUT for what the file system refuses, a full disk included.
 */
export async function streamRun(scenario: Scenario, options: StreamOptions): Promise<StreamedRun> {
  const { folder, force = false, command = 'streamRun', directory = process.cwd() } = options
  const use = absolutePaths(scenario.use, directory)
  checkModules(use)
  const draft = openDraft(folder, force)
  const files: FileHandle[] = []
  try {
    const openSink = (facts: RunFacts) => openFiles(draft.path, folder, facts, use, files)
    const { facts, digest, events, sink } = await runInto(scenario, options, openSink)
    await sink.end()
    draft.keep(makeManifest({ ...facts, digest }, events, use, command))
    const { dataDigest, days } = facts
    const [firstDay, lastDay] = [days[0], days[days.length - 1]]
    return { digest, dataDigest, days: days.length, firstDay, lastDay, summary: sink.summary(digest), folder }
  } finally {
    await Promise.all(files.map(file => file.close()))
    draft.discard()
  }
}

/** Opens the draft's files, which are the caller's to close, and the sink that fills them. */
async function openFiles(
  path: string,
  folder: string,
  facts: RunFacts,
  use: readonly string[],
  files: FileHandle[],
): Promise<SummarySink & { end(): Promise<void> }> {
  const openLines = async (name: string) => {
    const file = await open(join(path, name), 'w')
    files.push(file)
    return fileLines(file)
  }
  const written = async (work: () => unknown): Promise<void> => {
    try {
      await work()
    } catch (error) {
      refuseWriting(folder, error)
    }
  }
  await written(() => writeInputs(path, facts, use))
  const [trace, forecasts] = [await openLines('trace.jsonl'), await openLines('forecasts.csv')]
  const sink = lineSink(facts, trace, forecasts)
  return {
    ...sink,
    dayEnded: day => written(() => sink.dayEnded?.(day)),
    end: () => written(() => Promise.all([trace.end(), forecasts.end()])),
  }
}
