import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isSwarmvarError, refuse } from '../base/index.js'
import type { Executor } from '../execute/index.js'
import { defineScenario, run, type ScenarioSpec, type Trace } from '../scenario/index.js'
import type { Manifest } from './manifest.js'
import { forecastsCsv } from './store.js'
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
  const stored = readText(folder, 'trace.jsonl').split('\n').slice(0, -1)
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
  const line = forecastsCsv(trace)
    .split('\n')
    .findIndex((text, i) => text !== forecasts[i])
  return line < 0 ? undefined : `every event is the same, but line ${line + 1} of forecasts.csv differs from the replay`
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
  if (!existsSync(path)) refuse('NOT_A_RUN', `no ${name}`, 'a folder that `swarmvar run` has written', folder)
  return readFileSync(path, 'utf8')
}

function readJson(folder: string, name: string): unknown {
  const text = readText(folder, name)
  try {
    return JSON.parse(text)
  } catch {
    return refuse('NOT_A_RUN', `a ${name} that is not JSON`, 'a folder that `swarmvar run` has written', folder)
  }
}
