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
import { refuse } from '../base/index.js'
import { type AssetData, fileDigest, type Market, type Scenario, type Trace, type TraceData } from '../scenario/index.js'
import type { Manifest } from './manifest.js'
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

/** What the manifest says of a run, and what its replay needs to know. */
export function makeManifest(trace: Trace, use: readonly string[], command: string): Manifest {
  return {
    format: 1,
    scenario: trace.scenario.name,
    seed: trace.seed,
    digest: trace.digest,
    dataDigest: trace.dataDigest,
    days: trace.days.length,
    firstDay: trace.days[0],
    lastDay: trace.days[trace.days.length - 1],
    events: trace.events.length,
    command,
    replay: 'swarmvar verify <this folder>',
    isolation: 'none: trainings ran in this process or its worker threads',
    versions: versions(),
    use: use.map((path, i) => ({ file: copyName(path, i), digest: fileDigest(path) })),
  }
}

const copyName = (path: string, i: number): string => `use/${i}-${basename(path)}`

/** Writes a run's folder: all of it below a temporary name, renamed when whole. */
export function saveRun(
  folder: string,
  trace: Trace,
  manifest: Manifest,
  use: readonly string[],
  html: string,
  force: boolean,
): void {
  checkFolder(folder, force)
  const parent = dirname(resolve(folder))
  mkdirSync(parent, { recursive: true })
  const temporary = mkdtempSync(join(parent, '.writing-'))
  try {
    const write = (name: string, text: string): void => writeFileSync(join(temporary, name), text)
    write('scenario.json', `${JSON.stringify(portable(trace, use), null, 2)}\n`)
    write(...marketFile(trace))
    write('trace.jsonl', trace.events.map(event => `${JSON.stringify(event)}\n`).join(''))
    write('forecasts.csv', forecastsCsv(trace))
    write('report.html', html)
    copyModules(use, temporary)
    const files = Object.fromEntries(filesBelow(temporary).map(name => [name, fileDigest(join(temporary, name))]))
    write('manifest.json', `${JSON.stringify({ ...manifest, files }, null, 2)}\n`)
    if (existsSync(folder)) rmSync(folder, { recursive: true })
    renameSync(temporary, folder)
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true })
    throw error
  }
}

/** Every file below a folder, manifest.json aside, by its path in it, in order. */
export function filesBelow(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
  return names.filter(name => name !== 'manifest.json').sort()
}

/** The scenario as it stands in a saved run: market and modules are the folder's own files. */
function portable({ scenario, data }: Trace, use: readonly string[]): Scenario {
  return { ...scenario, market: portableMarket(scenario.market, data), use: use.map(copyName) }
}

function portableMarket(market: Market, { prices, assets }: TraceData): Market {
  if (prices !== undefined) return { csv: 'prices.csv', date: 'date', close: 'close' }
  if (assets?.prices === undefined) return market
  return { csv: 'prices.csv', date: 'date', columns: columnNames(assets), weights: Array.from(assets.weights) }
}

/** The assets' names where a file can have them as columns, else numbers. */
function columnNames({ names }: AssetData): readonly string[] {
  const isPlain = names.every(name => /^[A-Za-z0-9]([A-Za-z0-9._ -]*[A-Za-z0-9])?$/.test(name) && name.toLowerCase() !== 'date')
  return isPlain && new Set(names).size === names.length ? names : names.map((_, i) => `asset${i + 1}`)
}

function marketFile({ data }: Trace): [string, string] {
  const { prices, assets, labels, returns } = data
  if (assets !== undefined) return assetFile(assets, labels, returns)
  if (prices !== undefined)
    return ['prices.csv', `date,close\n${prices.dates.map((date, i) => `${date},${prices.closes[i]}\n`).join('')}`]
  return ['returns.csv', `day,return\n${labels.map((label, i) => `${label},${returns[i]}\n`).join('')}`]
}

function assetFile(assets: AssetData, labels: readonly string[], returns: Float64Array): [string, string] {
  const { names, rows, prices } = assets
  const columns = columnNames(assets)
  const row = (table: Float64Array, t: number): string => table.slice(t * names.length, (t + 1) * names.length).join(',')
  if (prices !== undefined)
    return ['prices.csv', `date,${columns}\n${prices.dates.map((date, t) => `${date},${row(prices.closes, t)}\n`).join('')}`]
  return [
    'returns.csv',
    `day,return,${columns}\n${labels.map((label, t) => `${label},${returns[t]},${row(rows, t)}\n`).join('')}`,
  ]
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

/** One row a day: date, return, then var and es at each level for every rule and every agent. Empty where there was none. */
export function forecastsCsv({ days, returns, ensemble, agents, scenario }: Trace): string {
  const columns: { readonly title: string; readonly values: Float64Array }[] = []
  for (const [name, series] of [...Object.entries(ensemble), ...Object.entries(agents)]) {
    for (const level of scenario.riskLevels.map(String)) {
      columns.push(
        { title: `var_${level}_${name}`, values: series[level].var },
        { title: `es_${level}_${name}`, values: series[level].es },
      )
    }
  }
  const cell = (x: number): string => (Number.isNaN(x) ? '' : String(x))
  const rows = days.map((day, t) => [day, String(returns[t]), ...columns.map(({ values }) => cell(values[t]))].join(','))
  return `${['date', 'return', ...columns.map(({ title }) => title)].join(',')}\n${rows.join('\n')}\n`
}
