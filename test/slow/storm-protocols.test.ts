import { resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type StormsResult, stormJobsModule, stormProtocols } from '../../src/checks/index.js'
import { threads } from '../../src/execute/index.js'

describe('hundreds of storms of each protocol, in threads', () => {
  const executor = threads({ workers: 2, jobsModule: resolve(stormJobsModule) })
  afterAll(() => executor.close())

  it.each(stormProtocols.flatMap(protocol => [1, 2, 3].map(f => ({ protocol, f, n: 3 * f + 1 }))))(
    'break no promise of $protocol among $n with $f faulty',
    async group => {
      const inputs = Array.from({ length: 8 }, (_, i) => ({ ...group, prefix: 'slow-', from: 50 * i, to: 50 * (i + 1) }))
      let storms = 0
      for await (const result of executor.map<object, StormsResult>('storms', inputs)) {
        expect(result.violations).toEqual([])
        storms += result.storms
      }
      expect(storms).toBe(400)
    },
  )

  it('say how many were broken beyond the bound, and show the first', async () => {
    const input = { protocol: 'synchronous', n: 3, f: 1, unsafe: true, prefix: 'below-', from: 0, to: 50 }
    for await (const result of executor.map<object, StormsResult>('storms', [input])) {
      expect(result.violated).toBeGreaterThan(5)
      expect(result.violations[0].replay).toMatch(/^swarmvar storm synchronous --n 3 --f 1 --only below-\d+ --unsafe$/)
    }
  })
})
