import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { digestOf, fileDigest, type Grid, type SweepResult } from '../scenario/index.js'
import type { Manifest } from './manifest.js'
import { checkFolder, refuseWriting } from './store.js'
import { type SweepReport, sweepPage } from './sweep-page.js'
import { sweepCsv } from './sweep-tables.js'
import { versions } from './versions.js'

// A saved sweep: manifest.json, results.jsonl (one run a line), results.csv and report.html.

export interface SweepFacts {
  readonly scenario: string
  readonly seed: string
  readonly grid: Grid
  readonly replications: number
  readonly paired: boolean
  readonly command: string
  /** The scenario's file, and absolute paths of its `use` modules. */
  readonly file: string
  readonly use: readonly string[]
}

export function sweepManifest({ file, use, ...facts }: SweepFacts, results: readonly SweepResult[]): Manifest {
  return {
    format: 1,
    kind: 'sweep',
    ...facts,
    runs: results.length,
    resultsDigest: digestOf(results.map(({ seed, trace }) => [seed, trace.digest])),
    scenarioFileDigest: fileDigest(resolve(file)),
    use: use.map(path => fileDigest(path)),
    isolation: 'none: runs were made in this process’s worker threads',
    versions: versions(),
  }
}

/** Refuses, before anything is computed for it, a folder that cannot be written or that --force may not replace. */
export const checkSweepFolder = (folder: string, force: boolean): void =>
  checkFolder(folder, force, { is: isSavedSweep, name: 'sweep' })

function isSavedSweep(folder: string): boolean {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest | null
    return manifest?.format === 1 && manifest.kind === 'sweep' && existsSync(join(folder, 'results.jsonl'))
  } catch {
    return false
  }
}

/** Writes a sweep's folder: all of it below a temporary name, renamed when whole. */
export async function saveSweep(folder: string, report: SweepReport, force: boolean): Promise<void> {
  const html = await sweepPage(report)
  checkSweepFolder(folder, force)
  const temporary = openTemporary(folder)
  try {
    const files = {
      'results.jsonl': report.results.map(result => `${JSON.stringify(result)}\n`).join(''),
      'results.csv': sweepCsv(report.results),
      'report.html': html,
    }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(temporary, name), text)
    const digests = Object.fromEntries(Object.keys(files).map(name => [name, fileDigest(join(temporary, name))]))
    writeFileSync(join(temporary, 'manifest.json'), `${JSON.stringify({ ...report.manifest, files: digests }, null, 2)}\n`)
    if (existsSync(folder)) rmSync(folder, { recursive: true })
    renameSync(temporary, folder)
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true })
    refuseWriting(folder, error)
  }
}

function openTemporary(folder: string): string {
  try {
    const parent = dirname(resolve(folder))
    mkdirSync(parent, { recursive: true })
    return mkdtempSync(join(parent, '.writing-'))
  } catch (error) {
    return refuseWriting(folder, error)
  }
}
