import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cancelOnInterrupt } from '../../src/execute/index.js'

const root = resolve(__dirname, '../..')
const tsNode = ['-r', require.resolve('ts-node/register')]
const env = { ...process.env, TS_NODE_PROJECT: join(root, 'tsconfig.json') }
const run = promisify(execFile)

/** Squares three numbers on two threads, with and without closing them, and says how it went. */
const script = (execute: string, jobsModule: string, close: boolean) => `
  const { threads } = require(${JSON.stringify(execute)})
  const executor = threads({ workers: 2, jobsModule: ${JSON.stringify(jobsModule)} })
  const all = []
  ;(async () => {
    for await (const output of executor.map('square', [1, 2, 3])) all.push(output)
    try { for await (const output of executor.map('refuseOdd', [1])) all.push(output) } catch (error) { all.push(error.code) }
    ${close ? 'await executor.close()' : ''}
    console.log(JSON.stringify(all))
  })()`

describe('from sources, under ts-node and from another folder', () => {
  test.each([true, false])('threads work and let the process end (closed: %s)', async close => {
    const code = script(join(root, 'src/execute/index.ts'), join(__dirname, 'test-jobs.ts'), close)
    const { stdout } = await run(process.execPath, [...tsNode, '-e', code], { cwd: tmpdir(), env })
    expect(JSON.parse(stdout)).toEqual([1, 4, 9, 'ODD'])
  })
})

describe('compiled', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'swarmvar-compiled-'))
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    for (const room of ['src/base', 'src/execute']) for (const file of readdirSync(join(root, room))) compile(join(room, file))
    compile('test/execute/test-jobs.ts')
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  function compile(file: string): void {
    const target = join(folder, file.replace(/\.ts$/, '.js'))
    const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true }
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, ts.transpileModule(readFileSync(join(root, file), 'utf8'), { compilerOptions }).outputText)
  }

  test.each([
    ['JavaScript', 'test/execute/test-jobs.js'],
    ['TypeScript', ''],
  ])('threads load jobs written in %s', async (_, jobs) => {
    const jobsModule = jobs === '' ? join(__dirname, 'test-jobs.ts') : join(folder, jobs)
    const code = script(join(folder, 'src/execute/index.js'), jobsModule, true)
    const { stdout } = await run(process.execPath, ['-e', code], { cwd: jobs === '' ? root : tmpdir() })
    expect(JSON.parse(stdout)).toEqual([1, 4, 9, 'ODD'])
  })
})

describe('cancelOnInterrupt', () => {
  const code = `
    const { cancelOnInterrupt, inProcess } = require(${JSON.stringify(join(root, 'src/execute/index.ts'))})
    const { signal } = cancelOnInterrupt()
    ;(async () => {
      try {
        for await (const x of inProcess({ same: x => x }).map('same', new Array(1e6).fill(1), { signal })) if (x !== 2) say('working')
      } catch (error) { say(error.code) }
      setInterval(() => {}, 1000)
    })()
    let said = ''
    function say(word) { if (word !== said) console.log(word); said = word }`

  /** Waits for the next line that the process prints. */
  const line = async (child: ChildProcess) => String((await once(child.stdout!, 'data'))[0]).trim()

  test('turns the first interrupt into a cancellation, and leaves the second to end the process', async () => {
    const child = spawn(process.execPath, [...tsNode, '-e', code], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    expect(await line(child)).toBe('working')
    child.kill('SIGINT')
    expect(await line(child)).toBe('CANCELLED')
    child.kill('SIGINT')
    expect((await once(child, 'exit'))[1]).toBe('SIGINT')
  })

  test('listens no longer than until it is disposed of', () => {
    const before = process.listenerCount('SIGINT')
    const { signal, dispose } = cancelOnInterrupt()
    expect(process.listenerCount('SIGINT')).toBe(before + 1)
    dispose()
    expect(process.listenerCount('SIGINT')).toBe(before)
    expect(signal.aborted).toBe(false)
  })
})
