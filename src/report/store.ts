import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path'
import { isSwarmvarError, refuse } from '../base/index.js'
import { fileDigest, type Scenario, type Trace } from '../scenario/index.js'
import { forecastsCsv } from './forecasts-csv.js'
import type { Manifest } from './manifest.js'
import { marketFile, portableMarket } from './market-file.js'
import { versions } from './versions.js'

// A saved run is a folder that needs nothing outside itself: manifest.json, scenario.json, the market data used, copies of
// `use` modules, trace.jsonl (one event a line), forecasts.csv and report.html.

/** The default folder of a run, below the current one. */
export const runFolder = (scenario: string, seed: string): string => join('runs', `${scenario}-${slug(seed)}`)

/** A seed as part of a file name; what cannot stand in one becomes a dash, and long seeds are cut. */
export const slug = (seed: string): string =>
  seed
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, 60) || 'seed'

/** Refuses, before anything is computed for it, a folder that cannot be written or that --force may not replace. */
export function checkFolder(folder: string, force: boolean, replaceable = { is: isSavedRun, name: 'run' }): void {
  const place = resolve(folder)
  if (folder.trim() === '' || process.cwd() === place || process.cwd().startsWith(`${place}${sep}`))
    refuse('BAD_OUTPUT', `'${folder}'`, 'a folder of its own, below the current one or elsewhere', '--out')
  checkParent(dirname(place), folder)
  const known = lstatSync(place, { throwIfNoEntry: false })
  if (known === undefined) return
  if (!force) refuse('OUTPUT_EXISTS', `an existing ${folder}`, 'a new folder, or --force to replace it')
  const { is, name } = replaceable
  if (!known.isDirectory() || !is(place))
    refuse('OUTPUT_EXISTS', `${folder}, which holds no ${name}`, `a folder that --force may replace: a saved ${name}`)
}

function checkParent(parent: string, folder: string): void {
  let nearest = parent
  while (!existsSync(nearest)) nearest = dirname(nearest)
  try {
    if (!statSync(nearest).isDirectory()) throw new Error(`${nearest} is no folder`)
    accessSync(nearest, constants.W_OK)
  } catch (error) {
    refuse('BAD_OUTPUT', (error as Error).message, 'a place where a folder can be made', folder)
  }
}

/** Whether a folder is one that saveRun wrote. */
function isSavedRun(folder: string): boolean {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest | null
    return manifest?.format === 1 && typeof manifest.digest === 'string' && existsSync(join(folder, 'trace.jsonl'))
  } catch {
    return false
  }
}

/** What the manifest says of a run of so many events, and what its replay needs to know. */
export function makeManifest(
  { scenario, seed, digest, dataDigest, days }: Pick<Trace, 'scenario' | 'seed' | 'digest' | 'dataDigest' | 'days'>,
  events: number,
  use: readonly string[],
  command: string,
): Manifest {
  return {
    format: 1,
    scenario: scenario.name,
    seed,
    digest,
    dataDigest,
    days: days.length,
    firstDay: days[0],
    lastDay: days[days.length - 1],
    events,
    command,
    replay: 'swarmvar verify <this folder>',
    isolation: 'none: trainings ran in this process or its worker threads',
    versions: versions(),
    use: use.map((path, i) => ({ file: copyName(path, i), digest: fileDigest(path) })),
  }
}

const copyName = (path: string, i: number): string => `use/${i}-${basename(path)}`

/** Writes the folder of a run that is in memory. Errors: OUTPUT_EXISTS, BAD_OUTPUT; then nothing is left of it. */
export function saveRun(
  folder: string,
  trace: Trace,
  manifest: Manifest,
  use: readonly string[],
  html: string,
  force: boolean,
): void {
  const draft = openDraft(folder, force)
  try {
    writing(folder, () => {
      writeInputs(draft.path, trace, use)
      writeFileSync(join(draft.path, 'trace.jsonl'), trace.events.map(event => `${JSON.stringify(event)}\n`).join(''))
      writeFileSync(join(draft.path, 'forecasts.csv'), forecastsCsv(trace))
      writeFileSync(join(draft.path, 'report.html'), html)
    })
    draft.keep(manifest)
  } finally {
    draft.discard()
  }
}

/** A run's folder while it is written: below a temporary name beside its own, renamed when whole. */
export interface Draft {
  readonly path: string
  /** Adds the manifest with every file's digest, and renames. */
  keep(manifest: Manifest): void
  /** Removes what is there unless it was kept. */
  discard(): void
}

export function openDraft(folder: string, force: boolean): Draft {
  checkFolder(folder, force)
  const parent = dirname(resolve(folder))
  const path = writing(folder, () => {
    mkdirSync(parent, { recursive: true })
    return mkdtempSync(join(parent, '.writing-'))
  })
  return {
    path,
    keep: manifest =>
      writing(folder, () => {
        const files = Object.fromEntries(filesBelow(path).map(name => [name, fileDigest(join(path, name))]))
        writeFileSync(join(path, 'manifest.json'), `${JSON.stringify({ ...manifest, files }, null, 2)}\n`)
        if (existsSync(folder)) rmSync(folder, { recursive: true })
        renameSync(path, folder)
      }),
    discard: () => rmSync(path, { recursive: true, force: true }),
  }
}

/** A full disk, and whatever else the file system refuses, is the outside world's fault. */
function writing<T>(folder: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    return refuseWriting(folder, error)
  }
}

export function refuseWriting(folder: string, error: unknown): never {
  const { code, message } = error as NodeJS.ErrnoException
  if (isSwarmvarError(error) || typeof code !== 'string') throw error
  return refuse('BAD_OUTPUT', message, 'a place where the run can be written', folder)
}

/** What the run needs to be replayed: its scenario, its market data and its modules. */
export function writeInputs(path: string, run: Pick<Trace, 'scenario' | 'data'>, use: readonly string[]): void {
  const [name, text] = marketFile(run.data)
  writeFileSync(join(path, 'scenario.json'), `${JSON.stringify(portable(run, use), null, 2)}\n`)
  writeFileSync(join(path, name), text)
  copyModules(use, path)
}

/**
 * What is below a folder, manifest.json aside, by its path in it, in order: files, and whatever else a saved run does not
 * have, such as links and empty folders, marked by what it is.
 */
export function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const names = entries.flatMap(entry => {
    const path = join(entry.parentPath, entry.name)
    const name = relative(folder, path).split(sep).join('/')
    if (entry.isFile()) return [name]
    if (!entry.isDirectory()) return [`${name} (${entry.isSymbolicLink() ? 'a link' : 'no file'})`]
    return readdirSync(path).length === 0 ? [`${name}/ (an empty folder)`] : []
  })
  return names.filter(name => name !== 'manifest.json').sort()
}

/** The scenario as it stands in a saved run: market and modules are the folder's own files. */
function portable({ scenario, data }: Pick<Trace, 'scenario' | 'data'>, use: readonly string[]): Scenario {
  return { ...scenario, market: portableMarket(scenario.market, data), use: use.map(copyName) }
}

/** `use` modules travel with the run, so each has to stand alone: it may import packages, not neighbouring files. */
function copyModules(use: readonly string[], folder: string): void {
  if (use.length > 0) mkdirSync(join(folder, 'use'))
  use.forEach((path, i) => {
    copyFileSync(path, join(folder, copyName(path, i)))
  })
}

/** Refuses `use` modules that a saved run could not replay from any folder, before the run. */
export function checkModules(use: readonly string[]): void {
  for (const path of use) {
    if (!existsSync(path)) continue
    const text = readFileSync(path, 'utf8')
    const local = /(?:from\s*|import\s*\(?\s*|require\s*\(\s*)['"](\.{1,2}\/[^'"]*)['"]/.exec(text)
    if (local !== null)
      refuse(
        'MODULE_NOT_ALONE',
        `an import of '${local[1]}'`,
        'a `use` module that imports packages only, so that it can be kept with the run',
        path,
      )
    const isEsm = extname(path) === '.mjs' || (extname(path) === '.js' && /^\s*(import|export)\s/m.test(text))
    if (isEsm)
      refuse(
        'MODULE_NOT_ALONE',
        'an ECMAScript module in JavaScript',
        'the same text named .ts, or CommonJS, which finds swarmvar from any folder',
        path,
      )
  }
}
