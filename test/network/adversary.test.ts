import { describe, expect, it } from 'vitest'
import type { Node } from '../../src/network/index.js'
import { logged, reacting, silent } from './helpers.js'

const speaker = (text: string): Node<unknown, string> =>
  reacting<string>(event =>
    event.kind === 'signal' ? { send: [{ kind: 'point', to: 'judge', topic: 'word', body: text }] } : {},
  )

/** Says in its puppet's name the opposite of what it overhears. */
const puppeteer = reacting<string>(event =>
  event.kind === 'overheard' && event.packet.kind === 'point' && event.from !== 'puppet'
    ? { send: [{ kind: 'point', to: 'judge', topic: 'word', body: `not ${event.packet.body}`, as: 'puppet' }] }
    : {},
)

const court = (adversary: Node<unknown, string>, more = {}) =>
  logged<string>({
    nodes: { adversary, honest: speaker('yes'), judge: silent(), puppet: speaker('perhaps') },
    adversary: { id: 'adversary', corrupts: new Set(['puppet']) },
    ...more,
  })

describe('the adversary', () => {
  it('hears in the same instant what anybody sends, before it arrives anywhere, even over a link without delay', async () => {
    const { world, log } = court(silent())
    world.signal(5, 'honest', 'go', '')
    await world.run()
    expect(log).toEqual([
      '5 honest < signal go: ""',
      '5 adversary < overheard honest: {"kind":"point","to":"judge","topic":"word","body":"yes"}',
      '5 judge < word from honest: "yes"',
    ])
  })

  it('alone speaks for those it has corrupted: what they send themselves reaches nobody', async () => {
    const { world, log } = court(puppeteer)
    world.signal(5, 'puppet', 'go', '')
    world.signal(6, 'honest', 'go', '')
    await world.run()
    expect(log.filter(line => line.includes('judge <'))).toEqual([
      '6 judge < word from honest: "yes"',
      '6 judge < word from puppet: "not yes"',
    ])
  })

  it('speaks over the links of the one in whose name it speaks', async () => {
    const slow = { links: [({ from }: { from: string }) => ({ deliverAfterMs: from === 'puppet' ? 7 : 1 })] }
    const { world, log } = court(puppeteer, slow)
    world.signal(0, 'honest', 'go', '')
    await world.run()
    expect(log.filter(line => line.includes('judge <'))).toEqual([
      '1 judge < word from honest: "yes"',
      '7 judge < word from puppet: "not yes"',
    ])
  })

  it('speaks for nobody else, and nobody but it speaks for others: that is noted and dropped', async () => {
    const forger = reacting<string>(event =>
      event.kind === 'signal' ? { send: [{ kind: 'point', to: 'judge', topic: 'word', body: 'lie', as: 'honest' }] } : {},
    )
    const { world, log } = logged<string>({
      nodes: { adversary: forger, honest: silent(), judge: silent(), other: forger },
      adversary: { id: 'adversary', corrupts: new Set<string>() },
    })
    world.signal(1, 'adversary', 'go', '')
    world.signal(2, 'other', 'go', '')
    await world.run()
    expect(log.filter(line => line.includes('forged'))).toHaveLength(2)
    expect(log.some(line => line.includes('judge <'))).toBe(false)
  })

  it('has to be there, with those it corrupts, and does not corrupt itself', () => {
    const world = (id: string, corrupts: string[]) => () =>
      logged<string>({ nodes: { a: silent(), b: silent() }, adversary: { id, corrupts: new Set(corrupts) } })
    expect(world('a', ['b'])).not.toThrow()
    for (const wrong of [world('c', ['b']), world('a', ['c']), world('a', ['a'])])
      expect(wrong).toThrow(expect.objectContaining({ code: 'BAD_WORLD' }))
  })
})
