import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assert, isSwarmvarError, refuse, SwarmvarError, show, within } from '../../src/base/index.js'

fc.configureGlobal({ seed: 20240607 })

const caught = (work: () => unknown): SwarmvarError => {
  try {
    work()
  } catch (error) {
    return error as SwarmvarError
  }
  throw new Error('nothing was thrown')
}

describe('typed errors', () => {
  it('say where, what was found and what was expected, in one sentence', () => {
    const error = caught(() => refuse('BAD_LEVEL', 1.5, 'a probability', 'levels[0]'))
    expect(error).toMatchObject({
      name: 'SwarmvarError',
      code: 'BAD_LEVEL',
      found: '1.5',
      expected: 'a probability',
      where: 'levels[0]',
    })
    expect(error.message).toBe('levels[0]: found 1.5, expected a probability')
    expect(caught(() => refuse('X', null, 'something')).message).toBe('found null, expected something')
    expect(caught(() => refuse('X', null, 'something')).where).toBeUndefined()
  })

  it('are told by their code, also when another copy of the package made them', () => {
    const foreign = Object.assign(new Error('elsewhere'), { name: 'SwarmvarError', code: 'BAD_SEED' })
    expect(isSwarmvarError(foreign)).toBe(true)
    expect(isSwarmvarError(new SwarmvarError('A', { found: 'b', expected: 'c' }))).toBe(true)
    expect(isSwarmvarError(Object.assign(new Error('ENOENT'), { code: 'ENOENT' }))).toBe(false)
    expect(isSwarmvarError({ name: 'SwarmvarError', code: 'A' })).toBe(false)
    expect(isSwarmvarError(undefined)).toBe(false)
  })

  it('name the whole way to the fault when they pass through places', () => {
    const error = caught(() => within('agents[2]', () => within('model', () => refuse('BAD_MODEL', 3, 'a name', 'name'))))
    expect(error.where).toBe('agents[2].model.name')
    expect(error.code).toBe('BAD_MODEL')
    expect(error.message).toBe('agents[2].model.name: found 3, expected a name')
    expect(caught(() => within('agents', () => refuse('BAD_MODEL', 3, 'a name'))).where).toBe('agents')
  })

  it('leave results and foreign errors alone', () => {
    expect(within('here', () => 42)).toBe(42)
    const bug = new TypeError('a bug')
    expect(
      caught(() =>
        within('here', () => {
          throw bug
        }),
      ),
    ).toBe(bug)
  })
})

describe('a picture of a value', () => {
  it('is short and of one line, whatever the value', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.anything({ withBigInt: true, withTypedArray: true, withNullPrototype: true }), fc.string({ maxLength: 200 })),
        value => {
          const text = show(value)
          expect(typeof text).toBe('string')
          expect(text.length).toBeLessThanOrEqual(100)
          expect(text).not.toMatch(/[\r\n\u2028\u2029]/)
        },
      ),
      { numRuns: 500 },
    )
    expect(show('two\nlines')).not.toContain('\n')
    expect(show('x'.repeat(81))).toBe(`${'x'.repeat(77)}...`)
    expect(show('x'.repeat(80))).toBe('x'.repeat(80))
  })

  it('shows numbers, nothing, text, arrays, objects and what JSON cannot', () => {
    expect([1, -0.5, Number.NaN, true, null, undefined, 12n].map(show)).toEqual([
      '1',
      '-0.5',
      'NaN',
      'true',
      'null',
      'undefined',
      '12',
    ])
    expect(show('abc')).toBe('abc')
    expect(show([1, 'a'])).toBe('[1,"a"]')
    expect(show({ a: 1 })).toBe('{"a":1}')
    expect(show(new Float64Array(3))).toBe('Float64Array of 3')
    expect(show(() => 1)).toBe('a function')
    expect(show(Symbol('s'))).toBe('symbol')
    const circle: { self?: unknown } = {}
    circle.self = circle
    expect(show(circle)).toBe('object')
    expect(show({ big: 1n })).toBe('object')
  })
})

describe('assertions', () => {
  it('stop on a bug of ours with an untyped error, and pass otherwise', () => {
    expect(() => assert(true, 'never said')).not.toThrow()
    const error = caught(() => assert(0, 'the reason'))
    expect(error.message).toBe('internal error, please report it: the reason')
    expect(isSwarmvarError(error)).toBe(false)
  })
})
