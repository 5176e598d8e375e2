import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { garchNormal } from '../../src/models/index.js'
import { logReturns, readPrices } from '../../src/scenario/index.js'
import { simulateRisk } from '../../src/validation/index.js'
import { freshFolder, swarmvar, writePrices } from './command.js'

const folder = freshFolder()
writePrices(folder)
const source = ['--data', 'prices.csv', '--date', 'day', '--column', 'settle']
const methods = ['plain', 'importance', 'sobol']

describe('swarmvar simulate', () => {
  it('prints one JSON object with the numbers that simulateRisk gives from code', () => {
    const { code, stdout, stderr } = swarmvar(
      [
        'simulate',
        'garchNormal',
        ...source,
        '--level',
        '.05',
        '--paths',
        '5000',
        '--seed',
        's',
        '--methods',
        ...methods,
        '--json',
      ],
      folder,
    )
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const { levels, horizonDays, data } = JSON.parse(stdout)
    const returns = logReturns(readPrices(join(folder, 'prices.csv'), 'day', 'settle').closes)
    const options = { seed: 's', levels: [0.05], paths: 5000, methods }
    expect(levels).toEqual(JSON.parse(JSON.stringify(simulateRisk(garchNormal(), returns, options).levels)))
    expect(horizonDays).toBe(10)
    expect(data.returns).toBe(returns.length)
  })

  it('prints a row a method and the root of time, and writes a page with convergence plots that loads nothing', () => {
    const args = ['simulate', 'normalInverseGamma', ...source, '--level', '.05', '--paths', '20000', '--methods', ...methods]
    const { code, stdout } = swarmvar([...args, '--out', 'out'], folder)
    expect(code).toBe(0)
    for (const method of methods) expect(stdout).toMatch(new RegExp(`^${method} +\\d`, 'm'))
    expect(stdout).toContain('Square root of time')
    const page = readFileSync(join(folder, 'out', 'simulation.html'), 'utf8')
    expect(page.match(/<svg role="img"/g)).toHaveLength(2 * methods.length)
    expect(page).not.toMatch(/NaN|undefined|<script|src="http|href="http/)
    const again = swarmvar([...args, '--out', 'out'], folder)
    expect(again.stdout).toBe(stdout)
    expect(readFileSync(join(folder, 'out', 'simulation.html'), 'utf8')).toBe(page)
  })

  it('says that a model without scores is simulated plainly', () => {
    const { code, stdout } = swarmvar(['simulate', 'ewma', ...source, '--level', '.05', '--paths', '5000'], folder)
    expect(code).toBe(0)
    expect(stdout.replace(/\s+/g, ' ')).toContain('plain Monte Carlo only')
  })

  it.each([
    ['an unknown model', ['simulate', 'oracle'], 'UNKNOWN_MODEL'],
    ['an unknown method', ['simulate', 'ewma', '--methods', 'magic'], 'UNKNOWN_METHOD'],
    ['too few paths', ['simulate', 'ewma', '--paths', '2000'], 'TOO_FEW_PATHS'],
    ['several assets', ['simulate', 'normalInverseWishart', '--options', '{"weights": [0.5, 0.5]}'], 'BAD_USAGE'],
  ])('refuses %s in one line, with exit code 2, and writes nothing', (_, args, code) => {
    const result = swarmvar([...args, '--out', 'nowhere'], folder)
    expect(result.code).toBe(2)
    expect(result.stdout).toBe('')
    expect(result.stderr).toContain(code)
    expect(result.stderr.trim().split('\n')).toHaveLength(1)
    expect(existsSync(join(folder, 'nowhere'))).toBe(false)
  })

  it('has help with an example', () => {
    const { code, stdout } = swarmvar(['simulate', '--help'], folder)
    expect(code).toBe(0)
    expect(stdout).toContain('swarmvar simulate garchT')
  })
})
