import { type SweepResult, sweep } from 'swarmvar'
import { threads } from 'swarmvar/execute'
import { describe, expect, it } from 'vitest'
import { at } from '../../scenarios/faulty-agents.js'
import { jobsModule } from '../../src/scenario/index.js'

describe('two liars of nine on the S&P 500', () => {
  it('ruin the mean with a quantile of -1000, while median and trimmed mean stay within 10 % of their honest loss', async () => {
    const executor = threads({ workers: 2, jobsModule })
    const results: SweepResult[] = []
    const grid = { lie: ['overstate', 'understate'], faulty: [0, 2] }
    for await (const result of sweep(at, grid, { seed: '1', executor })) results.push(result)
    await executor.close()
    const loss = (lie: string, faulty: number, rule: string, level: string): number =>
      results.find(({ point }) => point.lie === lie && point.faulty === faulty)!.trace.rules[rule][level].pinball!
    for (const level of ['0.01', '0.025', '0.05']) {
      expect(loss('overstate', 2, 'mean', level)).toBeGreaterThan(20 * loss('overstate', 0, 'mean', level))
      for (const rule of ['median', 'trimmedMean']) {
        expect(
          Math.abs(loss('overstate', 2, rule, level) / loss('overstate', 0, rule, level) - 1),
          `${rule} at ${level}`,
        ).toBeLessThan(0.1)
      }
    }
    // One-sided understatement is what a median cannot answer: it is hurt about as much as the mean.
    expect(loss('understate', 2, 'median', '0.01')).toBeGreaterThan(1.2 * loss('understate', 0, 'median', '0.01'))
  })
})
