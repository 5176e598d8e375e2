// Compiles src/kernels/assembly to WebAssembly and writes it into src/kernels/binary.ts, a module like any other: it loads under
// ts-node, vitest, worker threads and from the built package alike.
const { execFileSync } = require('node:child_process')
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')

const root = join(__dirname, '..')

function buildKernels() {
  const work = mkdtempSync(join(tmpdir(), 'swarmvar-kernels-'))
  const out = join(work, 'kernels.wasm')
  const asc = join(root, 'node_modules', 'assemblyscript', 'bin', 'asc.js')
  const flags = ['--optimizeLevel', '3', '--shrinkLevel', '0', '--noAssert', '--enable', 'simd', '--runtime', 'stub']
  execFileSync(process.execPath, [asc, join(root, 'src', 'kernels', 'assembly', 'index.ts'), '-o', out, ...flags], {
    stdio: 'inherit',
    cwd: root,
  })
  const base64 = readFileSync(out).toString('base64')
  const text = `// Written by scripts/build-kernels.cjs from assembly/.\nexport const binary =\n  '${base64}'\n`
  writeFileSync(join(root, 'src', 'kernels', 'binary.ts'), text)
  rmSync(work, { recursive: true, force: true })
}

module.exports = { buildKernels }
if (require.main === module) buildKernels()
