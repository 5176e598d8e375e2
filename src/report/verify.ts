import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isSwarmvarError, refuse } from '../base/index.js'
import type { Executor } from '../execute/index.js'
import { defineScenario, fileDigest, run, type ScenarioSpec, type Trace } from '../scenario/index.js'
import type { Manifest } from './manifest.js'
import { filesBelow, forecastsCsv } from './store.js'
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
 * Replays a saved run from its own files and compares every event, the digest and forecasts.csv.
 * Errors: NOT_A_RUN, and whatever the folder's scenario or data can have wrong.
 */
export async function verifyRun(
  folder: string,
  options: { executor?: Executor; onDay?: (done: number, total: number) => void } = {},
): Promise<Verdict> {
  const manifest = readJson(folder, 'manifest.json') as Manifest
  const spec = readJson(folder, 'scenario.json')
  const stored = readText(folder, 'trace.jsonl').split('\n')
  // The last line ends as every other: what stands behind it is one line too many.
  if (stored[stored.length - 1] === '') stored.pop()
  const changed = differingVersions(manifest)
  const trace = await replay(folder, spec as ScenarioSpec, String(manifest.seed), options)
  const difference = typeof trace === 'string' ? trace : compare(folder, manifest, stored, trace)
  return {
    same: difference === undefined,
    digest: typeof trace === 'string' ? '' : trace.digest,
    ...(difference === undefined ? {} : { difference }),
    versions: changed,
  }
}

/** The replayed Trace, or why the folder's files make none. */
async function replay(
  folder: string,
  spec: ScenarioSpec,
  seed: string,
  options: Parameters<typeof verifyRun>[1],
): Promise<Trace | string> {
  try {
    return await run(defineScenario(spec), { ...options, seed, directory: folder })
  } catch (error) {
    if (!isSwarmvarError(error) || error.code === 'CANCELLED') throw error
    return `the folder's files cannot be replayed: ${error.code}: ${error.message}`
  }
}

function compare(folder: string, manifest: Manifest, stored: readonly string[], trace: Trace): string | undefined {
  if (manifest.dataDigest !== trace.dataDigest)
    return `the market data have the digest ${trace.dataDigest}, the manifest says ${manifest.dataDigest}`
  const length = Math.max(stored.length, trace.events.length)
  for (let i = 0; i < length; i++) {
    const replayed = i < trace.events.length ? JSON.stringify(trace.events[i]) : 'nothing'
    const found = stored[i] ?? 'nothing'
    if (found !== replayed)
      return `event ${i} is the first that differs (line ${i + 1} of trace.jsonl)\n  recorded: ${excerpt(found, replayed)}\n  replayed: ${excerpt(replayed, found)}`
  }
  if (manifest.digest !== trace.digest)
    return `every event is the same, but the replayed digest is ${trace.digest} and the manifest says ${manifest.digest}`
  const forecasts = readText(folder, 'forecasts.csv').split('\n')
  const replayed = forecastsCsv(trace).split('\n')
  const line = replayed.findIndex((text, i) => text !== forecasts[i])
  if (line >= 0) return `every event is the same, but line ${line + 1} of forecasts.csv differs from the replay`
  for (const [name, value] of [
    ['scenario', trace.scenario.name],
    ['days', trace.days.length],
    ['events', trace.events.length],
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
  for (const name of Object.keys(recorded).sort()) {
    if (!present.includes(name)) return `every event is the same, but ${name} is missing`
    if (fileDigest(join(folder, name)) !== recorded[name]) return `every event is the same, but ${name} was changed after the run`
  }
  const added = present.find(name => !Object.hasOwn(recorded, name))
  return added === undefined ? undefined : `every event is the same, but ${added} was added after the run`
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

function readText(folder: string, name: string): string {
  const path = join(folder, name)
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    refuse('NOT_A_RUN', `no ${name}`, 'a folder that `swarmvar run` has written', folder)
  return readFileSync(path, 'utf8')
}

function readJson(folder: string, name: string): unknown {
  const text = readText(folder, name)
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
    throw new SyntaxError('no object')
  } catch {
    return refuse('NOT_A_RUN', `a ${name} that is no JSON object`, 'a folder that `swarmvar run` has written', folder)
  }
}
