import { describe, expect, it } from 'vitest'
import { logReturns, parsePrices } from '../../src/scenario/index.js'

const read = (text: string) => parsePrices(text, 'date', 'close', 'p.csv')

describe('price files', () => {
  it.each([
    ['comma', 'date,close\n2020-01-02,10\n2020-01-03,11.5\n'],
    ['semicolon and decimal comma', 'date;close\n2020-01-02;10\n2020-01-03;11,5\n'],
    ['tab, other case, CRLF and a byte order mark', '\ufeffDate\tClose\r\n2020-01-02\t10\r\n2020-01-03\t11.5\r\n'],
    ['columns that differ in case alone, by the name as it is spelled', 'Close,date,close\n1,2020-01-02,10\n2,2020-01-03,11.5\n'],
    ['quotes, more columns, an empty last line', 'date,open,close\n"2020-01-02",9,"10"\n2020/01/03,9,11.5\n\n'],
  ])('are read with %s', (_, text) => {
    expect(read(text)).toEqual({ dates: ['2020-01-02', '2020-01-03'], closes: Float64Array.of(10, 11.5) })
  })

  it.each([
    ['an empty file', '', 'EMPTY_CSV', 'an empty file'],
    ['a header alone', 'date,close\n', 'EMPTY_CSV', 'no rows'],
    ['a missing column', 'date,price\n2020-01-02,1\n', 'MISSING_COLUMN', "columns date, price, expected a column 'close'"],
    [
      'columns alike but for case, none spelled as asked',
      'date,Close,CLOSE\n2020-01-02,1,2\n',
      'AMBIGUOUS_COLUMN',
      "line 1: found columns Close, CLOSE, expected one column 'close'",
    ],
    ['a missing price', 'date,close\n2020-01-02,1\n2020-01-03,\n', 'BAD_CSV', 'line 3, column close: found nothing'],
    ['NaN', 'date,close\n2020-01-02,NaN\n', 'BAD_CSV', "line 2, column close: found 'NaN'"],
    ['a negative price', 'date,close\n2020-01-02,1\n2020-01-03,-5\n', 'BAD_CSV', 'line 3, column close: found -5'],
    ['zero', 'date,close\n2020-01-02,0\n', 'BAD_CSV', 'found 0, expected a price above zero'],
    ['a date twice', 'date,close\n2020-01-02,1\n2020-01-02,2\n', 'BAD_CSV', 'line 3: found date 2020-01-02 twice'],
    [
      'dates that descend',
      'date,close\n2020-01-03,1\n2020-01-02,2\n',
      'BAD_CSV',
      'line 3: found date 2020-01-02 after 2020-01-03',
    ],
    ['a date that is none', 'date,close\nyesterday,1\n', 'BAD_CSV', "line 2, column date: found 'yesterday'"],
    ['a short row', 'date,close\n2020-01-02,1\n2020-01-03\n', 'BAD_CSV', 'line 3'],
  ])('refuse %s, with the line', (_, text, code, words) => {
    let error: { code?: string; message?: string } = {}
    try {
      read(text)
    } catch (caught) {
      error = caught as typeof error
    }
    expect(error.code).toBe(code)
    expect(error.message).toContain(words)
    expect(error.message).not.toContain('\n')
  })

  it('refuse one column for two names that differ in case alone', () => {
    expect(() => parsePrices('date,DATE2\n2020-01-02,1\n', 'date', 'Date', 'p.csv')).toThrow("column 'date' asked for twice")
  })

  it('become log returns in percent', () => {
    expect([...logReturns(Float64Array.of(100, 110, 99))].map(x => x.toFixed(10))).toEqual(['9.5310179804', '-10.5360515658'])
  })
})
