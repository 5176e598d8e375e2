import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { runProgram } from '../../src/cli/program.js'
import { garchT, modelTable, normalInverseGamma, fit as posteriorOf, predict } from '../../src/models/index.js'
import { logReturns, readPrices } from '../../src/scenario/index.js'
import { type Finished, freshFolder, swarmvar, writePrices } from './command.js'

const folder = freshFolder()
writePrices(folder)
const at = (name: string): string => join(folder, name)
const source = ['--data', at('prices.csv'), '--date', 'day', '--column', 'settle']

/** The same program in this process, which is quicker. */
async function inProcess(...args: string[]): Promise<Finished> {
  const written = { stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map(name =>
    vi.spyOn(process[name], 'write').mockImplementation((text: unknown) => {
      written[name] += String(text)
      return true
    }),
  )
  try {
    return { code: await runProgram(['fit', ...args]), ...written }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}
const returns = logReturns(readPrices(at('prices.csv'), 'day', 'settle').closes)
writeFileSync(at('returns.csv'), `date,ret\n${[...returns].map((ret, i) => `${1900 + i}-01-01,${ret}\n`).join('')}`)

describe('swarmvar fit', () => {
  const json = swarmvar(['fit', ...source, '--seed', 'a seed', '--level', '.02', '.05', '--json'], folder)

  it('prints one JSON object and nothing else, with the numbers that fit and predict give from code', async () => {
    expect(json.stderr).toBe('')
    expect(json.code).toBe(0)
    const result = JSON.parse(json.stdout)
    const { summary, method } = posteriorOf(garchT(), returns, { seed: 'a seed' })
    expect(result).toMatchObject({ model: { name: 'garchT' }, seed: 'a seed', method, horizonDays: 1, fallback: null })
    expect(result.summary).toEqual(JSON.parse(JSON.stringify(summary)))
    expect(result.data).toMatchObject({ returns: returns.length })
    expect(result.risk.map(({ level }: { level: number }) => level)).toEqual([0.02, 0.05])
    for (const risk of result.risk) {
      const { var: value, es, varInterval95 } = predict(garchT(), returns, { seed: 'a seed', level: risk.level })
      expect(risk.var).toBeCloseTo(value, 6)
      expect(risk.es).toBeCloseTo(es, 6)
      expect(risk.varInterval95).toEqual(varInterval95)
    }
    expect(result.seconds.fit).toBeGreaterThan(0)
  })

  it('prints the posterior with its diagnostics, the method, VaR and ES, the time', async () => {
    const { stdout, stderr, code } = await inProcess(...source, '--seed', 'a seed', '--level', '.02', '.05')
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const result = JSON.parse(json.stdout)
    for (const text of ['prices.csv, column settle', 'parameter', 'MCSE', 'R-hat', result.method, 'Pareto k-hat', 'fitted in'])
      expect(stdout.replace(/\s+/g, ' ')).toContain(text)
    for (const { name, mean, rhat } of result.summary) {
      const row = stdout.split('\n').find(line => line.startsWith(`${name} `))
      expect(Number(row?.split(/\s+/)[1])).toBeCloseTo(mean, 2)
      expect(row).toContain(rhat.toFixed(3))
    }
    for (const { level, var: value, es } of result.risk) {
      const row = stdout.split('\n').find(line => line.includes(` ${100 * level} %`))
      expect(row).toContain(value.toFixed(3))
      expect(row).toContain(es.toFixed(3))
    }
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
  })

  it('learns from the closes that ship with swarmvar when no file is named, and says so', async () => {
    const { stdout, code } = await inProcess('--model', 'normalInverseGamma', '--options', '{"memory": 30}')
    expect(code).toBe(0)
    expect(stdout.replace(/\s+/g, ' ')).toContain('5,104 returns of the S&P 500 closes that ship with swarmvar')
  })

  it('reads a column of returns as it reads the prices behind them, and the last of them with --window', async () => {
    const window = returns.length - 40
    const options = ['--model', 'normalInverseGamma', '--window', String(window), '--json']
    const one = JSON.parse((await inProcess(...options, '--data', at('returns.csv'), '--returns', 'ret')).stdout)
    const other = JSON.parse((await inProcess(...options, ...source)).stdout)
    expect(one.risk).toEqual(other.risk)
    const { var: value } = predict(normalInverseGamma(), returns.slice(-window), { seed: '1', level: 0.01 })
    expect(one.risk[0].var).toBeCloseTo(value, 9)
  })

  it('serves every model of the table, with a page for each', async () => {
    for (const name of Object.keys(modelTable)) {
      const { stdout, stderr, code } = await inProcess(
        '--model',
        name,
        '--window',
        '1000',
        '--plot',
        at(`${name}.html`),
        '--json',
      )
      expect(stderr).toBe('')
      expect(code, name).toBe(0)
      const result = JSON.parse(stdout)
      expect(result.model).toEqual({ name })
      for (const { var: value, es, varInterval95 } of result.risk) {
        expect(es).toBeGreaterThanOrEqual(value)
        expect(varInterval95 === null).toBe(result.summary.length === 0)
      }
      expect(readFileSync(at(`${name}.html`), 'utf8')).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/)
    }
  }, 120_000)

  it('warns of chains that do not agree', async () => {
    const args = [...source, '--chains', '2', '--draws', '4']
    const { warnings, summary } = JSON.parse((await inProcess(...args, '--json')).stdout)
    const worst = summary.filter(({ rhat }: { rhat: number }) => rhat > 1.01)
    for (const { name } of worst) expect(warnings.join(' ')).toContain(`R-hat of ${name}`)
    expect((await inProcess(...args)).stdout.includes('WARNING')).toBe(warnings.length > 0)
  })

  it('looks several days ahead, with Monte Carlo errors', async () => {
    const args = [...source, '--model', 'normalInverseGamma', '--horizon-days', '5', '--paths', '50000', '--level', '.05']
    const { risk, horizonDays } = JSON.parse((await inProcess(...args, '--json')).stdout)
    const expected = predict(normalInverseGamma(), returns, { seed: '1', level: 0.05, horizonDays: 5, paths: 50_000 })
    expect(horizonDays).toBe(5)
    expect(risk).toEqual([JSON.parse(JSON.stringify({ ...expected, horizonDays: undefined }))])
    const { stdout } = await inProcess(...args)
    expect(stdout).toContain('VaR and ES of the next 5 days together, percent')
    expect(stdout).toContain(`${expected.simulation!.paths.toLocaleString('en')} simulated paths`)
    expect(stdout).toContain(expected.simulation!.mcseVar.toFixed(4))
  })

  it('writes a page that says the command, replaces an older one, and leaves nothing else behind', async () => {
    const place = freshFolder()
    const file = join(place, 'deep', 'fit.html')
    mkdirSync(join(place, 'deep'))
    writeFileSync(file, '<!doctype html>old')
    const { code, stdout } = await inProcess(...source, '--model', 'normalInverseGamma', '--plot', file)
    expect(code).toBe(0)
    expect(stdout).toContain(`look at ${file}`)
    const html = readFileSync(file, 'utf8')
    expect(html).toContain(`swarmvar fit --data ${at('prices.csv')}`)
    expect(readdirSync(join(place, 'deep'))).toEqual(['fit.html'])
    await inProcess(...source, '--model', 'normalInverseGamma', '--plot', file)
    expect(readFileSync(file, 'utf8')).toBe(html)
  })

  it('never replaces what is no page, such as the data it reads', async () => {
    const place = freshFolder()
    const data = join(place, 'mine.csv')
    writeFileSync(data, readFileSync(at('prices.csv')))
    const { code, stderr } = await inProcess('--data', data, '--column', 'settle', '--date', 'day', '--plot', data)
    expect(code).toBe(2)
    expect(stderr).toContain('BAD_OUTPUT')
    expect(readFileSync(data, 'utf8')).toBe(readFileSync(at('prices.csv'), 'utf8'))
  })

  it('refuses a model of several assets: it reads one column', async () => {
    const { code, stderr } = await inProcess('--model', 'normalInverseWishart', '--options', '{"weights": [0.5, 0.5]}')
    expect(code).toBe(2)
    expect(stderr).toContain('a model of 2 assets')
  })

  it('explains itself with examples', async () => {
    const { stdout, code } = await inProcess('--help')
    expect(code).toBe(0)
    expect(stdout).toContain('Examples:')
    for (const name of Object.keys(modelTable)) expect(stdout.replace(/\s+/g, ' ')).toContain(name)
  })
})

describe('swarmvar fit refuses', () => {
  const bad = (name: string, text: string): string => {
    writeFileSync(at(name), text)
    return name
  }
  const rows = (value: (i: number) => number): string =>
    `date,close\n${Array.from({ length: 80 }, (_, i) => `${1900 + i}-01-01,${value(i)}\n`).join('')}`
  bad(
    'signed.csv',
    rows(i => (i % 7) - 3),
  )
  bad(
    'positive.csv',
    rows(i => 100 + (i % 7)),
  )
  bad('text.csv', 'date,close\n2020-01-01,much\n')

  it.each<[string, string[], string]>([
    ['an unknown model, naming the known ones', ['--model', 'garchX'], 'garchT'],
    ['a prior that is no JSON', [...source, '--prior', '{nu'], 'BAD_JSON'],
    ['a prior that is no object', [...source, '--prior', '[1]'], 'BAD_JSON'],
    ['a prior with a field that the model has not', [...source, '--prior', '{"nuShap": 4}'], "unknown field 'nuShap'"],
    ['options of a model that has none', [...source, '--options', '{"memory": 30}'], 'BAD_MODEL'],
    ['a level of 2', [...source, '--level', '2'], 'inside (0, 0.5)'],
    ['a level among others that is no number', [...source, '--level', '.01', 'x'], 'inside (0, 0.5)'],
    ['a horizon of half a day', [...source, '--horizon-days', '0.5'], 'a whole number from 1 to 1000'],
    ['too few paths for a level', [...source, '--level', '.0001', '--horizon-days', '5'], 'at least 2000000'],
    ['a file that is not there', ['--data', at('none.csv')], 'UNREADABLE_FILE'],
    ['a column that is not there, naming those that are', ['--data', at('prices.csv'), '--date', 'day'], 'settle'],
    ['returns where prices are expected, with a hint', ['--data', at('signed.csv')], '--returns close'],
    ['prices where returns are expected, with a hint', ['--data', at('positive.csv'), '--returns', 'close'], '--column close'],
    ['text where a number is expected', ['--data', at('text.csv')], 'line 2'],
    ['prices and returns at once', ['--data', at('prices.csv'), '--column', 'settle', '--returns', 'settle'], 'BAD_USAGE'],
    ['a column without a file', ['--column', 'close'], 'BAD_USAGE'],
    ['a window longer than the history', [...source, '--window', '5000'], 'TOO_FEW_RETURNS'],
    ['a window too short to learn from', [...source, '--window', '20'], 'TOO_FEW_RETURNS'],
    ['half a chain', [...source, '--chains', '0.5'], 'a whole number'],
    ['a page that would be a folder', [...source, '--plot', '.'], 'BAD_OUTPUT'],
    ['a page below a file', [...source, '--plot', at('prices.csv/fit.html')], 'BAD_OUTPUT'],
    ['an unknown flag', ['--windows', '5'], 'unknown option'],
  ])('%s', async (_, args, said) => {
    const { code, stdout, stderr } = await inProcess(...args)
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(said === 'unknown option' ? 2 : 1)
    expect(stderr).toContain(said)
  })

  it('bad input before it touches the page', async () => {
    const page = at('kept.html')
    writeFileSync(page, 'kept')
    expect((await inProcess('--data', at('signed.csv'), '--plot', page)).code).toBe(2)
    expect((await inProcess(...source, '--prior', '{"x": 1}', '--plot', at('fresh.html'))).code).toBe(2)
    expect(readFileSync(page, 'utf8')).toBe('kept')
    expect(existsSync(at('fresh.html'))).toBe(false)
    expect(readdirSync(folder).filter(name => name.includes('.writing-'))).toEqual([])
  })
})
