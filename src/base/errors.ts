/** What every error of the outside world carries: a stable code, what was found, what was expected, and where. */
export interface ErrorDetails {
  readonly found: string
  readonly expected: string
  readonly where?: string
}

/**
 * The outside world is wrong: bad input, a missing file, a refused option. Our own bugs are assertion failures, and a
 * misbehaving agent is a note in the Trace, so neither is ever one of these.
 * Tell these errors by `code`, never by `instanceof`: two copies of the package may be loaded.
 */
export class SwarmvarError extends Error {
  readonly code: string
  readonly found: string
  readonly expected: string
  readonly where: string | undefined

  constructor(code: string, { found, expected, where }: ErrorDetails) {
    super(`${where === undefined ? '' : `${where}: `}found ${found}, expected ${expected}`)
    this.name = 'SwarmvarError'
    this.code = code
    this.found = found
    this.expected = expected
    this.where = where
  }
}

/** Throws a {@link SwarmvarError}. */
export function refuse(code: string, found: unknown, expected: string, where?: string): never {
  throw new SwarmvarError(code, { found: show(found), expected, ...(where === undefined ? {} : { where }) })
}

/** Runs `work`; a typed error from it is thrown again with its place below `where`. */
export function within<T>(where: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!isSwarmvarError(error)) throw error
    throw new SwarmvarError(error.code, {
      found: error.found,
      expected: error.expected,
      where: error.where === undefined ? where : `${where}.${error.where}`,
    })
  }
}

export const isSwarmvarError = (error: unknown): error is SwarmvarError =>
  error instanceof Error && typeof (error as SwarmvarError).code === 'string' && error.name === 'SwarmvarError'

/** A short, one-line picture of any value for an error message, even of one that throws when it is looked at. */
export function show(value: unknown): string {
  try {
    return pictured(value)
  } catch {
    return 'something that cannot be read'
  }
}

function pictured(value: unknown): string {
  if (typeof value === 'string') return brief(value)
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean' || value == null) return String(value)
  if (typeof value === 'function') return 'a function'
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${(value as Float64Array).length}`
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch {
    text = undefined
  }
  return text === undefined ? typeof value : brief(text)
}

function brief(text: string): string {
  const line = text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
  return line.length > 80 ? `${line.slice(0, 77)}...` : line
}
