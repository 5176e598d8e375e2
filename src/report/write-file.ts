import { accessSync, constants, existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { refuse } from '../base/index.js'

/** Refuses, before anything is computed for it, a file that could not be written; an existing file may be replaced. */
export function checkFile(path: string, flag: string): void {
  const place = resolve(path)
  const known = existsSync(place) ? statSync(place) : undefined
  if (path.trim() === '' || (known !== undefined && !known.isFile()))
    refuse('BAD_OUTPUT', known === undefined ? `'${path}'` : `${path}, which is no file`, 'the name of a file', flag)
  let folder = dirname(place)
  while (!existsSync(folder)) folder = dirname(folder)
  try {
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is no folder`)
    accessSync(folder, constants.W_OK)
  } catch (error) {
    refuse('BAD_OUTPUT', (error as Error).message, 'a place where a file can be made', flag)
  }
}

/** Writes a file whole: below a temporary name beside it, renamed when done. Folders on the way are made. */
export function writeWhole(path: string, text: string): void {
  const place = resolve(path)
  mkdirSync(dirname(place), { recursive: true })
  const temporary = `${place}.writing-${process.pid}`
  try {
    writeFileSync(temporary, text)
    renameSync(temporary, place)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}
