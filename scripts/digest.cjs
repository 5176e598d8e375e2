// Fingerprints of everything seeded, computed by the built package on this Node: one SHA-256 a part, over the exact bits of every
// number in the canonical order of scenario/digest.ts. The expected ones are committed in test/fixtures/determinism.json.
//   node scripts/digest.cjs           print this Node's as JSON
//   node scripts/digest.cjs --check   compare them with the committed ones; exit 1 and name every part that differs
//   node scripts/digest.cjs --write   rewrite the committed ones (after any change of a model, a sampler, a kernel or a draw)
const { readFileSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { room, root } = require('./digest/common.cjs')

const { digestOf } = room('scenario')
const fixture = join(root, 'test', 'fixtures', 'determinism.json')
const parts = [
  ...require('./digest/basics.cjs'), //
  ...require('./digest/inference.cjs'),
  ...require('./digest/models.cjs'),
  ...require('./digest/byzantine.cjs'),
]

async function main() {
  const found = {}
  for (const [name, compute] of parts) found[name] = digestOf(await compute())
  const { node: version } = process.versions
  const report = { node: version, arch: process.arch, digest: digestOf(found), parts: found }
  const option = process.argv[2]
  if (option === undefined) return console.log(JSON.stringify(report, null, 2))
  if (option === '--write') {
    writeFileSync(fixture, `${JSON.stringify({ digest: report.digest, parts: found }, null, 2)}\n`)
    return console.log(`wrote test/fixtures/determinism.json: ${report.digest}`)
  }
  if (option !== '--check') {
    console.error(`found ${option}, expected --check, --write or nothing`)
    process.exitCode = 2
    return
  }
  const expected = JSON.parse(readFileSync(fixture, 'utf8'))
  const names = [...new Set([...Object.keys(expected.parts), ...Object.keys(found)])]
  const different = names.filter(name => expected.parts[name] !== found[name])
  const why = name => (name in found ? (name in expected.parts ? 'differs' : 'is not in the committed file') : 'is gone')
  for (const name of different) console.log(`${name} ${why(name)}`)
  const verdict = different.length === 0 ? 'the committed digest' : 'NOT the committed digest (on purpose? --write it)'
  console.log(`Node ${version}, ${process.arch}: ${report.digest}, ${verdict}`)
  if (different.length > 0) process.exitCode = 1
}

main()
