import { createHash } from 'node:crypto'
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs'
import Module from 'node:module'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isSwarmvarError, refuse } from '../base/index.js'

// User code (scenarios and `use` modules) is TypeScript or JavaScript, in a package with or without "type": "module".

let isReady = false

/** Lets `require` load TypeScript, whatever the package around it says, and find `swarmvar` even where it is not installed. */
function prepareLoader(): void {
  if (isReady) return
  isReady = true
  const { register, REGISTER_INSTANCE } = require('ts-node') as typeof import('ts-node')
  if ((process as unknown as { [key: symbol]: unknown })[REGISTER_INSTANCE] === undefined) {
    register({
      swc: true,
      skipProject: true,
      skipIgnore: true,
      ignore: ['/node_modules/'],
      moduleTypes: { '**/*': 'cjs' },
      compilerOptions: {
        module: 'CommonJS',
        moduleResolution: 'Node10',
        target: 'ES2022',
        esModuleInterop: true,
        sourceMap: true,
      },
    })
  }
  resolveOwnName()
}

interface Resolver {
  _resolveFilename(request: string, parent: unknown, ...rest: unknown[]): string
}

/**
 * Two fallbacks where the ordinary way finds nothing. A saved run is replayed from any folder: there `swarmvar` is this very
 * package. And TypeScript spells its neighbours as they will be called when compiled: './ada.js' may be './ada.ts'.
 */
function resolveOwnName(): void {
  const loader = Module as unknown as Resolver
  const ordinary = loader._resolveFilename
  loader._resolveFilename = function resolveFilename(request, parent, ...rest) {
    try {
      return ordinary.call(this, request, parent, ...rest)
    } catch (error) {
      if (request === 'swarmvar' || request.startsWith('swarmvar/')) return require.resolve(request)
      if (/^\.{1,2}\/.*\.[cm]?js$/.test(request)) return ordinary.call(this, request.replace(/js$/, 'ts'), parent, ...rest)
      throw error
    }
  }
}

/** The exports of a user's file. Errors: UNREADABLE_FILE, BAD_MODULE (with what the file threw). */
export async function loadModule(path: string): Promise<{ readonly [name: string]: unknown }> {
  const file = resolve(path)
  if (!existsSync(file)) refuse('UNREADABLE_FILE', 'no such file', 'a TypeScript, JavaScript or JSON file', path)
  try {
    if (extname(file) === '.json') return { default: JSON.parse(readFileSync(file, 'utf8')) }
    prepareLoader()
    if (['.mjs', '.js'].includes(extname(file))) return unwrap(await import(pathToFileURL(file).href))
    return require(file)
  } catch (error) {
    if (isSwarmvarError(error)) throw error
    return refuse(
      'BAD_MODULE',
      error instanceof Error ? `${error.name}: ${error.message.split('\n')[0]}` : 'something thrown that is no error',
      'a module that loads',
      path,
    )
  }
}

/** A CommonJS module that was imported shows its exports below `default`. */
function unwrap(loaded: { readonly [name: string]: unknown }): { readonly [name: string]: unknown } {
  const inner = loaded.default as { readonly [name: string]: unknown } | undefined
  return typeof inner === 'object' && inner !== null && 'default' in inner ? inner : loaded
}

/** Hex SHA-256 of a file's bytes, read piece by piece: a trace may be larger than memory. */
export function fileDigest(path: string): string {
  const hash = createHash('sha256')
  const piece = Buffer.allocUnsafe(1 << 16)
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    for (let read = readSync(file, piece); read > 0; read = readSync(file, piece)) hash.update(piece.subarray(0, read))
    return hash.digest('hex')
  } catch {
    return refuse('UNREADABLE_FILE', 'no such file', 'a file that can be read', path)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}
