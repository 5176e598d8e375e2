import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { someReturns } from '../scenario/cheap.js'

export const root = resolve(__dirname, '..', '..')

/** The built command: what users run. `npm ci` builds it. */
export const main = join(root, 'dist', 'cli', 'main.js')

if (!existsSync(main)) throw new Error('dist/ is missing: run `npm run build` first')

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export function node(args: readonly string[], cwd: string): Finished {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  })
  return { code: status, stdout, stderr }
}

export const swarmvar = (args: readonly string[], cwd: string): Finished => node([main, ...args], cwd)

export const freshFolder = (): string => mkdtempSync(join(tmpdir(), 'swarmvar-'))

/** A price file of a seeded random walk: the date column is `day`, the close column `settle`, separated by semicolons. */
export function writePrices(folder: string, name = 'prices.csv', count = 260): string {
  let price = 100
  const start = Date.UTC(2019, 0, 1)
  const rows = someReturns(count, name).map((ret, i) => {
    price *= 1 + ret / 100
    return `${new Date(start + i * 86_400_000).toISOString().slice(0, 10)};${price}`
  })
  writeFileSync(join(folder, name), `day;settle\n${rows.join('\n')}\n`)
  return name
}

/** A scenario file as a user writes it, in a folder of its own. */
export function writeScenario(folder: string, changes = '', name = 'mine.ts'): string {
  writeFileSync(
    join(folder, name),
    `import { defineScenario, type ScenarioSpec } from 'swarmvar'
const spec: ScenarioSpec = {
  name: 'mine',
  market: 'sp500',
  window: 120,
  days: 40,
  agents: [
    { id: 'a', model: { name: 'ewma' } },
    { id: 'b', model: { name: 'normalInverseGamma' }, behaviour: { assimilate: true } },
    { id: 'c', model: { name: 'historicalSimulation', options: { window: 100 } } },
    { id: 'd', model: { name: 'normalInverseGamma', options: { memory: 100 } }, behaviour: { assimilate: true } },
    { id: 'e', model: { name: 'ewma' }, behaviour: { attack: { kind: 'bias', value: 1000 } } },
  ],
  rules: [{ name: 'mean' }, { name: 'median' }, { name: 'trimmedMean', f: 1 }],
  ${changes}
}
export default defineScenario(spec)
`,
  )
  return name
}
