import fc from 'fast-check'

/** n values of which the last f are faulty: the honest ones ordinary or tied, the faulty ones anything. */
export interface Faulty {
  readonly honest: Float64Array
  readonly faulty: Float64Array
}

export interface Shape {
  readonly n: number
  readonly f: number
}

/** Every (n, f) with f < n / 2, n up to 15. */
export const shape: fc.Arbitrary<Shape> = fc
  .integer({ min: 1, max: 15 })
  .chain(n => fc.record({ n: fc.constant(n), f: fc.integer({ min: 0, max: Math.floor((n - 1) / 2) }) }))

const honestValue = fc.oneof(fc.double({ min: -10, max: 10, noNaN: true }), fc.constantFrom(-1, 0, 1))
const faultyValue = fc.oneof(honestValue, fc.constantFrom(-1e12, -11, 11, 1e12))

export const withFaults: fc.Arbitrary<Faulty & Shape> = shape.chain(({ n, f }) =>
  fc.record({
    n: fc.constant(n),
    f: fc.constant(f),
    honest: fc.array(honestValue, { minLength: n - f, maxLength: n - f }).map(values => Float64Array.from(values)),
    faulty: fc.array(faultyValue, { minLength: f, maxLength: f }).map(values => Float64Array.from(values)),
  }),
)

/** One row a value: the reports of n senders on one coordinate. */
export const rowsOf = (...parts: readonly Float64Array[]): Float64Array[] =>
  parts.flatMap(part => Array.from(part, x => Float64Array.of(x)))

export const average = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, x) => sum + x, 0) / values.length

/** The mean squared distance from the mean: divisor n. */
export const spread = (values: ArrayLike<number>): number => {
  const centre = average(values)
  return average(Array.from(values, x => (x - centre) * (x - centre)))
}
