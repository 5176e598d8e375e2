// The tarball as a user gets it: packed, installed in fresh folders with and without "type": "module", imported and run.
const { execFileSync } = require('node:child_process')
const { mkdtempSync, readdirSync, rmSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')

const root = join(__dirname, '..')
const work = mkdtempSync(join(tmpdir(), 'swarmvar-package-'))
const npm = (args, cwd) => execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
const scenario = `import { defineScenario, runIfMain } from 'swarmvar'
import { median } from 'swarmvar/rules'

if (median([Float64Array.of(1), Float64Array.of(3)])[0] !== 2) throw new Error('a wrong median')
const scenario = defineScenario({
  name: 'installed',
  market: 'sp500',
  window: 250,
  days: 20,
  agents: [
    { id: 'a', model: { name: 'garchT' } },
    { id: 'b', model: { name: 'ewma' } },
  ],
  rules: [{ name: 'mean' }],
})
export default scenario
`

npm(['pack', '--silent', '--ignore-scripts', '--pack-destination', work], root)
const tarball = join(
  work,
  readdirSync(work).find(name => name.endsWith('.tgz')),
)
const digests = new Set()
for (const type of ['commonjs', 'module']) {
  const folder = mkdtempSync(join(work, `${type}-`))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'user', private: true, type }))
  npm(['install', '--no-audit', '--no-fund', '--no-save', tarball], folder)
  writeFileSync(join(folder, 'mine.ts'), scenario)
  const printed = execFileSync('npx', ['--no-install', 'swarmvar', 'run', 'mine.ts', '--json'], { cwd: folder, encoding: 'utf8' })
  digests.add(JSON.parse(printed).digest)
  execFileSync('npx', ['--no-install', 'swarmvar', 'verify', 'runs/installed-1'], { cwd: folder, stdio: 'inherit' })
  writeFileSync(
    join(folder, 'use.cjs'),
    "const { kupiec } = require('swarmvar/backtest'); if (kupiec([0, 1], 0.5).statistic !== 0) process.exit(1)",
  )
  writeFileSync(
    join(folder, 'use.mjs'),
    "import { garchT } from 'swarmvar/models'; import { rootKey } from 'swarmvar/random'; if (garchT().name !== 'garchT' || !rootKey('a')) process.exit(1)",
  )
  for (const file of ['use.cjs', 'use.mjs']) execFileSync(process.execPath, [file], { cwd: folder, stdio: 'inherit' })
  console.log(`the tarball works in a package of type ${type}`)
}
if (digests.size !== 1) throw new Error(`the digest depends on the package type: ${[...digests]}`)
rmSync(work, { recursive: true, force: true })
