import { closeSync, openSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isSwarmvarError, refuse } from '../base/index.js'
import type { Executor } from '../execute/index.js'
import { defineScenario, fileDigest, type RunFacts, runInto, type ScenarioSpec, type TraceSink } from '../scenario/index.js'
import { comparedLines, type LineDifference, lineSink } from './lines.js'
import type { Manifest } from './manifest.js'
import { filesBelow } from './store.js'
import { versions } from './versions.js'

export interface Verdict {
  readonly same: boolean
  readonly digest: string
  /** What differs first, in one line; absent when nothing does. */
  readonly difference?: string
  /** Versions that differ between the recording and this replay, in words. */
  readonly versions: readonly string[]
}

/**
 * Replays a saved run from its own files and compares every event, the digest and forecasts.csv, line by line as the days end:
 * in memory that the length of the run has no part in. The replay stops at the day of the first event that differs.
 * Errors: NOT_A_RUN, and whatever the folder's scenario or data can have wrong.
 */
export async function verifyRun(
  folder: string,
  options: { executor?: Executor; onDay?: (done: number, total: number) => void } = {},
): Promise<Verdict> {
  const manifest = readJson(folder, 'manifest.json') as Manifest
  const spec = readJson(folder, 'scenario.json')
  const files = ['trace.jsonl', 'forecasts.csv'].map(name => openSync(checkedPath(folder, name), 'r'))
  try {
    const replayed = await replay(folder, manifest, spec as ScenarioSpec, files, options)
    const difference = 'digest' in replayed ? compare(folder, manifest, replayed) : replayed.difference
    return {
      same: difference === undefined,
      digest: 'digest' in replayed ? replayed.digest : '',
      ...(difference === undefined ? {} : { difference }),
      versions: differingVersions(manifest),
    }
  } finally {
    files.forEach(closeSync)
  }
}

/** A replay to the end, all events being the same. */
interface Replayed {
  readonly facts: RunFacts
  readonly digest: string
  readonly events: number
  /** The line of forecasts.csv that differs, counted from 1; 0 for none. */
  readonly differentForecast: number
}

/** The replay's outcome, or what differs first, or why the folder's files make no run. */
async function replay(
  folder: string,
  manifest: Manifest,
  spec: ScenarioSpec,
  [trace, forecasts]: readonly number[],
  options: Parameters<typeof verifyRun>[1],
): Promise<Replayed | { readonly difference: string }> {
  const stop = new AbortController()
  const lines = { trace: comparedLines(trace), forecasts: comparedLines(forecasts) }
  let difference: string | undefined
  const found = (words: string): void => {
    difference = words
    stop.abort()
  }
  function openSink(facts: RunFacts): TraceSink {
    if (manifest.dataDigest !== facts.dataDigest)
      found(`the market data have the digest ${facts.dataDigest}, the manifest says ${manifest.dataDigest}`)
    const { event, note, report, decision, dayEnded } = lineSink(facts, lines.trace, lines.forecasts)
    return {
      event,
      note,
      report,
      decision,
      async dayEnded(day) {
        await dayEnded?.(day)
        const different = lines.trace.difference()
        if (different !== undefined) found(eventWords(different))
      },
    }
  }
  try {
    const settings = { ...options, seed: String(manifest.seed), directory: folder, signal: stop.signal }
    const { facts, digest, events } = await runInto(defineScenario(spec), settings, openSink)
    if (difference !== undefined) return { difference }
    lines.trace.end()
    lines.forecasts.end()
    const different = lines.trace.difference()
    if (different !== undefined) return { difference: eventWords(different) }
    const forecast = lines.forecasts.difference()
    return { facts, digest, events, differentForecast: forecast === undefined ? 0 : forecast.line + 1 }
  } catch (error) {
    if (difference !== undefined && isSwarmvarError(error) && error.code === 'CANCELLED') return { difference }
    if (!isSwarmvarError(error) || error.code === 'CANCELLED') throw error
    return { difference: `the folder's files cannot be replayed: ${error.code}: ${error.message}` }
  }
}

const eventWords = ({ line, found, expected }: LineDifference): string =>
  `event ${line} is the first that differs (line ${line + 1} of trace.jsonl)\n  recorded: ${excerpt(found, expected)}\n  replayed: ${excerpt(expected, found)}`

function compare(folder: string, manifest: Manifest, { facts, digest, events, differentForecast }: Replayed): string | undefined {
  if (manifest.digest !== digest)
    return `every event is the same, but the replayed digest is ${digest} and the manifest says ${manifest.digest}`
  if (differentForecast > 0)
    return `every event is the same, but line ${differentForecast} of forecasts.csv differs from the replay`
  for (const [name, value] of [
    ['scenario', facts.scenario.name],
    ['days', facts.days.length],
    ['events', events],
  ] as const) {
    if (manifest[name] !== value)
      return `every event is the same, but the manifest says ${name} ${manifest[name]}, the replay ${value}`
  }
  return compareFiles(folder, manifest)
}

/** Every file is the one that was written, none is missing and none was added. */
function compareFiles(folder: string, { files }: Manifest): string | undefined {
  if (typeof files !== 'object' || files === null) return 'every event is the same, but the manifest lists no files'
  const recorded = files as { readonly [name: string]: unknown }
  const present = filesBelow(folder)
  const added = present.find(name => !Object.hasOwn(recorded, name))
  if (added !== undefined) return `every event is the same, but ${added} was added after the run`
  for (const name of Object.keys(recorded).sort()) {
    if (!present.includes(name)) return `every event is the same, but ${name} is missing`
    if (fileDigest(join(folder, name)) !== recorded[name]) return `every event is the same, but ${name} was changed after the run`
  }
  return undefined
}

/** The part of a long line around the first character that differs. */
function excerpt(line: string, other: string): string {
  let at = 0
  while (at < line.length && line[at] === other[at]) at++
  const from = Math.max(0, at - 60)
  return `${from > 0 ? '...' : ''}${line.slice(from, at + 60)}${at + 60 < line.length ? '...' : ''}`
}

function differingVersions({ versions: recorded }: Manifest): string[] {
  const now = versions()
  if (typeof recorded !== 'object' || recorded === null) return []
  return Object.entries(recorded as { readonly [name: string]: string })
    .filter(([name, version]) => now[name] !== version)
    .map(([name, version]) => `${name} ${version} when recorded, ${now[name] ?? 'absent'} now`)
}

function checkedPath(folder: string, name: string): string {
  const path = join(folder, name)
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    refuse('NOT_A_RUN', `no ${name}`, 'a folder that `swarmvar run` has written', folder)
  return path
}

function readJson(folder: string, name: string): unknown {
  const text = readFileSync(checkedPath(folder, name), 'utf8')
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
    throw new SyntaxError('no object')
  } catch {
    return refuse('NOT_A_RUN', `a ${name} that is no JSON object`, 'a folder that `swarmvar run` has written', folder)
  }
}
