import { describe, expect, it } from 'vitest'
import { fixed, listed, percent, pValue, signed, tableOf, textTable } from '../../src/report/index.js'

describe('numbers', () => {
  it('keep their decimals while they are small and drop them as they grow', () => {
    expect([1.23456, 123.456, 1234.5, 1.5e7].map(x => fixed(x, 3))).toEqual(['1.235', '123.5', '1235', '1.5e7'])
  })

  it('turn to powers of ten rather than to zero', () => {
    expect(fixed(0.00001, 3)).toBe('1e-5')
    expect(fixed(0, 3)).toBe('0.000')
  })

  it('are a dash where there is none, never NaN', () => {
    expect([fixed(null, 2), fixed(Number.NaN, 2), fixed(Number.POSITIVE_INFINITY, 2), pValue(null), signed(null, 1)]).toEqual(
      new Array(5).fill('–'),
    )
  })

  it('keep a p-value’s far tail', () => {
    expect([0.25, 0.0346, 1e-25, 0].map(pValue)).toEqual(['0.250', '0.035', '1e-25', '<1e-300'])
  })

  it('show a level in percent', () => {
    expect([0.01, 0.025, 0.05, 0.07].map(percent)).toEqual(['1 %', '2.5 %', '5 %', '7 %'])
  })

  it('read as a list', () => {
    expect([listed([]), listed(['a']), listed(['a', 'b']), listed(['a', 'b', 'c'])]).toEqual(['', 'a', 'a and b', 'a, b and c'])
  })
})

describe('a text table', () => {
  const table = tableOf<[string, number]>(
    'Title',
    [
      { title: 'name', align: 'left', text: ([name]) => name },
      { title: 'Kupiec p', text: ([, x]) => fixed(x, 2) },
    ],
    [
      ['a', 1],
      ['bcd', 12.5],
    ],
    ['a note'],
  )

  it('aligns its columns and stacks the words of its headings', () => {
    expect(textTable(table)).toBe(
      [
        'Title',
        '------------',
        '      Kupiec',
        'name       p',
        '------------',
        'a       1.00',
        'bcd    12.50',
        '------------',
        'a note',
        '',
      ].join('\n'),
    )
  })

  it('shortens names rather than grow beyond its width', () => {
    const long = tableOf<string>(
      'T',
      [
        { title: 'name', align: 'left', text: name => name },
        { title: 'x', text: () => '1.00' },
      ],
      ['x'.repeat(300)],
    )
    const lines = textTable(long, 40).split('\n')
    expect(Math.max(...lines.map(line => line.length))).toBe(40)
    expect(lines[4]).toMatch(/^x+… {2}1\.00$/)
  })

  it('prints no control characters that a name may hold', () => {
    const named = tableOf<string>('T', [{ title: 'name', align: 'left', text: name => name }], ['\u001b[31mred\n'])
    expect(textTable(named)).toContain('?[31mred?')
  })

  it('may have no rows', () => {
    expect(textTable({ ...table, rows: [] })).toContain('name')
  })
})
