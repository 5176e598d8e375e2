import { conclusionsText } from 'swarmvar/report'
import { describe, expect, it } from 'vitest'
import { type Conclusion, checkConclusions } from '../../src/scenario/conclusion.js'

const fine: Conclusion = {
  claim: 'The sky is blue',
  verdict: 'supported',
  evidence: ['Looked at 10 days: 9 were.'],
  tables: [
    {
      title: 'Days',
      columns: ['colour', 'days'],
      rows: [
        ['blue', '9'],
        ['grey', '1'],
      ],
    },
  ],
}

describe('what a scenario file concludes', () => {
  it('is a list of claims with verdicts and evidence, and anything else is refused by its place', () => {
    expect(checkConclusions([fine], 'a.ts')).toEqual([fine])
    expect(checkConclusions([], 'a.ts')).toEqual([])
    const bad: [unknown, string][] = [
      ['yes', 'concludeRun(trace)'],
      [[null], '[0].claim'],
      [[{ ...fine, claim: '' }], '[0].claim'],
      [[fine, { ...fine, verdict: 'likely' }], '[1].verdict'],
      [[{ ...fine, evidence: [] }], '[0].evidence'],
      [[{ ...fine, evidence: [5] }], '[0].evidence'],
      [[{ ...fine, tables: {} }], '[0].tables'],
      [[{ ...fine, tables: [{ title: 't', columns: ['a', 'b'], rows: [['1']] }] }], '[0].tables[0]'],
      [[{ ...fine, tables: [{ title: 't', columns: ['a'], rows: [[1]] }] }], '[0].tables[0]'],
    ]
    for (const [value, place] of bad)
      expect(() => checkConclusions(value, 'a.ts')).toThrow(
        expect.objectContaining({ code: 'BAD_CONCLUSION', message: expect.stringContaining(place) }),
      )
  })

  it('is printed with its verdict first, and nothing in it moves the cursor', () => {
    const text = conclusionsText([fine, { ...fine, claim: 'A\u001b[2Jsly claim', verdict: 'refuted', tables: [] }])
    expect(text).toContain('SUPPORTED: The sky is blue\n  Looked at 10 days: 9 were.')
    expect(text).toMatch(/colour +days\n-+\nblue +9\ngrey +1/)
    expect(text).toContain('REFUTED: A?[2Jsly claim')
  })
})
