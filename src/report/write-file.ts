import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { refuse } from '../base/index.js'

/** Refuses, before anything is computed for it, a page that could not be written; an existing page may be replaced, nothing else. */
export function checkFile(path: string, flag: string): void {
  const place = resolve(path)
  const known = existsSync(place) ? statSync(place) : undefined
  if (path.trim() === '' || (known !== undefined && !known.isFile()))
    refuse('BAD_OUTPUT', known === undefined ? `'${path}'` : `${path}, which is no file`, 'the name of a file', flag)
  if (known !== undefined && known.size > 0 && !isPage(place))
    refuse('BAD_OUTPUT', `${path}, which is no page`, 'a new file, or a page to replace', flag)
  let folder = dirname(place)
  while (!existsSync(folder)) folder = dirname(folder)
  try {
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is no folder`)
    accessSync(folder, constants.W_OK)
  } catch (error) {
    refuse('BAD_OUTPUT', (error as Error).message, 'a place where a file can be made', flag)
  }
}

function isPage(place: string): boolean {
  const file = openSync(place, 'r')
  try {
    const start = Buffer.alloc(64)
    readSync(file, start)
    return /^\s*<!doctype html/i.test(start.toString('utf8'))
  } finally {
    closeSync(file)
  }
}

/** Writes a file whole: below a temporary name beside it, renamed when done. Folders on the way are made. */
export function writeWhole(path: string, text: string): void {
  const place = resolve(path)
  const temporary = `${place}.writing-${process.pid}`
  try {
    mkdirSync(dirname(place), { recursive: true })
    writeFileSync(temporary, text)
    renameSync(temporary, place)
  } catch (error) {
    rmSync(temporary, { force: true })
    refuse('BAD_OUTPUT', (error as Error).message, 'a place where a file can be made', path)
  }
}
