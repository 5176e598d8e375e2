import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(__dirname, '..', 'src')

const floors: { readonly [room: string]: number } = {
  base: 0,
  math: 1,
  kernels: 1,
  distributions: 1,
  execute: 2,
  backtest: 2,
  information: 2,
  inference: 3,
  forecast: 3,
  montecarlo: 3,
  models: 4,
  rules: 4,
  validation: 5,
  network: 5,
  swarm: 6,
  scenario: 7,
  evaluation: 8,
  checks: 8,
  emergence: 8,
  claims: 8,
  sandbox: 8,
  queen: 9,
  report: 9,
  live: 9,
  cli: 10,
}

const seededRooms = [
  'base',
  'math',
  'kernels',
  'distributions',
  'inference',
  'forecast',
  'models',
  'rules',
  'network',
  'swarm',
  'scenario',
  'checks',
  'backtest',
  'montecarlo',
  'validation',
]

const filesBelow = (folder: string): string[] =>
  readdirSync(folder).flatMap(name => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? filesBelow(path) : path.endsWith('.ts') ? [path] : []
  })

const files = filesBelow(root).map(path => ({ path, name: relative(root, path), text: readFileSync(path, 'utf8') }))
const roomOf = (name: string): string => (name.includes('/') ? name.split('/')[0] : '')

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`])\/\/.*$/gm, '$1')

// Globs in strings look like comments and exponents.
const withoutGlobs = (text: string): string => text.replace(/'[^'\n]*\*\*[^'\n]*'/g, "''")

const importsOf = ({ path, text }: { path: string; text: string }): string[] =>
  [...withoutComments(text).matchAll(/(?:from|import\(|import)\s*['"](\.[^'"]+)['"]/g)].map(([, target]) =>
    relative(root, resolve(dirname(path), target.replace(/\.js$/, '.ts'))),
  )

describe('the floors', () => {
  it('know every folder', () => {
    for (const { name } of files) if (roomOf(name) !== '') expect(floors, name).toHaveProperty(roomOf(name))
  })

  it('let imports go to the same folder or down, never up', () => {
    const wrong = files.flatMap(file =>
      importsOf(file)
        .filter(target => roomOf(file.name) !== '' && roomOf(target) !== roomOf(file.name))
        .filter(target => roomOf(target) === '' || floors[roomOf(target)] > floors[roomOf(file.name)])
        .map(target => `${file.name} imports ${target}`),
    )
    expect(wrong).toEqual([])
  })

  it('have no circle of imports', () => {
    const graph = new Map(files.map(file => [file.name, importsOf(file)]))
    const state = new Map<string, 'open' | 'done'>()
    const circles: string[] = []
    const visit = (name: string, path: readonly string[]): void => {
      if (state.get(name) === 'done') return
      if (state.get(name) === 'open') {
        circles.push([...path.slice(path.indexOf(name)), name].join(' -> '))
        return
      }
      state.set(name, 'open')
      for (const target of graph.get(name) ?? []) visit(target, [...path, name])
      state.set(name, 'done')
    }
    for (const name of graph.keys()) visit(name, [])
    expect(circles).toEqual([])
  })

  it('open every folder with a line that says what it is for', () => {
    for (const { name, text } of files)
      if (name.endsWith('/index.ts')) expect(text.split('\n')[0], name).toMatch(/^\/\/ .{20,}\.$/)
  })
})

describe('seeded rooms', () => {
  const allowed = new Set([
    'sqrt',
    'abs',
    'min',
    'max',
    'floor',
    'ceil',
    'round',
    'trunc',
    'sign',
    'imul',
    'clz32',
    'fround',
    'PI',
    'LN2',
    'LN10',
    'SQRT2',
  ])
  const seeded = files.filter(({ name }) => seededRooms.includes(roomOf(name)))

  it('call nothing of Math but what is the same on every platform', () => {
    const wrong = seeded.flatMap(({ name, text }) =>
      [...withoutComments(text).matchAll(/\bMath\.(\w+)/g)]
        .filter(([, member]) => !allowed.has(member))
        .map(([call]) => `${name}: ${call}`),
    )
    expect(wrong).toEqual([])
  })

  it('use no exponent operator, no clock, no ambient randomness and no locale', () => {
    const banned =
      /\*\*|\bDate\b|\bperformance\b|crypto\.(random|get)|randomUUID|hrtime|toLocale|localeCompare|setTimeout|setInterval/
    const wrong = seeded.flatMap(({ name, text }) => {
      const found = banned.exec(withoutComments(withoutGlobs(text)))
      return found === null ? [] : [`${name}: ${found[0]}`]
    })
    expect(wrong).toEqual([])
  })

  it('would be caught: the scan finds a planted call', () => {
    expect([...withoutComments('const x = Math.exp(1) // Math.log').matchAll(/\bMath\.(\w+)/g)].map(([, m]) => m)).toEqual([
      'exp',
    ])
  })
})
