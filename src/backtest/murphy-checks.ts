import { refuse } from '../base/index.js'

/** Errors: BAD_RETURN, BAD_VAR, BAD_ES or BAD_THRESHOLD by `code`; LENGTH_MISMATCH when there are not `days`. */
export function checkNumbers(values: ArrayLike<number>, code: string, where: string, days = values?.length): void {
  const isArray = Array.isArray(values) || (ArrayBuffer.isView(values) && 'length' in values)
  if (!isArray) refuse(code, values, 'an array of finite numbers', where)
  if (values.length !== days) refuse('LENGTH_MISMATCH', `${values.length} numbers`, `${days}, one for each return`, where)
  for (let t = 0; t < values.length; t++)
    if (!Number.isFinite(values[t])) refuse(code, values[t], 'a finite number', `${where}[${t}]`)
}

/** Errors: BAD_RETURN, NO_DAYS, BAD_LEVEL. */
export function checkReturns(returns: ArrayLike<number>, level: number): void {
  checkNumbers(returns, 'BAD_RETURN', 'returns')
  if (returns.length === 0) refuse('NO_DAYS', 'no returns', 'at least one', 'returns')
  if (!(level > 0 && level < 1)) refuse('BAD_LEVEL', level, 'a number between 0 and 1', 'level')
}
