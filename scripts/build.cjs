// Builds dist/ and data/ in a checkout, and links node_modules/.bin/swarmvar so that npx finds the checkout's own command.
const { execFileSync } = require('node:child_process')
const { createHash } = require('node:crypto')
const {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} = require('node:fs')
const { join } = require('node:path')
const { buildKernels } = require('./build-kernels.cjs')

const root = join(__dirname, '..')
const at = (...parts) => join(root, ...parts)

buildKernels()
rmSync(at('dist'), { recursive: true, force: true })
execFileSync(process.execPath, [require.resolve('typescript/lib/tsc.js'), '-p', at('tsconfig.build.json')], {
  stdio: 'inherit',
  cwd: root,
})
chmodSync(at('dist', 'cli', 'main.js'), 0o755)

const { version } = JSON.parse(readFileSync(at('node_modules', 'vega-datasets', 'package.json'), 'utf8'))
const series = at('node_modules', 'vega-datasets', 'data', 'sp500-2000.csv')
mkdirSync(at('data'), { recursive: true })
copyFileSync(series, at('data', 'sp500-2000.csv'))
const digest = createHash('sha256').update(readFileSync(series)).digest('hex')
const notice = readFileSync(at('scripts', 'sp500-notice.txt'), 'utf8')
writeFileSync(at('data', 'NOTICE.txt'), notice.replace('{version}', version).replace('{digest}', digest))

const link = at('node_modules', '.bin', 'swarmvar')
if (existsSync(at('node_modules', '.bin')) && process.platform !== 'win32') {
  if (lstatSync(link, { throwIfNoEntry: false })) rmSync(link)
  symlinkSync(join('..', '..', 'dist', 'cli', 'main.js'), link)
}
