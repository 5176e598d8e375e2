import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** What computed a run: this package, Node, and the libraries whose arithmetic is in the digest. */
export function versions(): { readonly [name: string]: string } {
  const own = packageJson(resolve(__dirname, '..', '..', 'package.json'))
  const seeded = Object.keys(own.dependencies ?? {}).filter(
    name => name.startsWith('@stdlib/') || name === 'seedrandom' || name === 'eventemitter3',
  )
  return {
    swarmvar: own.version,
    node: process.versions.node,
    ...Object.fromEntries(seeded.sort().map(name => [name, own.dependencies?.[name] ?? ''])),
  }
}

interface PackageJson {
  readonly version: string
  readonly dependencies?: { readonly [name: string]: string }
}

const packageJson = (path: string): PackageJson => JSON.parse(readFileSync(path, 'utf8')) as PackageJson
