import { nextInteger, type Stream } from '../../base/index.js'
import type { AgreementBody } from '../../network/index.js'
import type { StormPlan } from './plan.js'

/** Something that no honest participant would say, made from what one would have said. */
export function nonsense(stream: Stream, plan: StormPlan, body: AgreementBody): unknown {
  const { dimension, ids, range } = plan
  const fields = body as { readonly [name: string]: unknown }
  const filled = (number: number, length = dimension) => new Float64Array(length).fill(number)
  const values: readonly unknown[] = [
    filled(Number.NaN),
    filled(Number.POSITIVE_INFINITY),
    filled(2 * range),
    filled(0, dimension + 1),
    new Float64Array(0),
    Array.from(filled(0)),
    new Float32Array(dimension),
    'value',
    null,
  ]
  const rounds: readonly unknown[] = [0, -1, 1.5, 1e9, Number.NaN, '1', undefined]
  const lists: readonly unknown[] = [
    [],
    'all',
    new Array(ids.length),
    ids.map(() => ids[0]),
    ids.slice(plan.input.f).map(() => ids[0]),
    ids.slice(plan.input.f).map(() => ids[nextInteger(stream, ids.length)]),
    ids.map(() => 'nobody'),
    ids.map(() => undefined),
    ids.map(() => filled(Number.NaN)),
    ids.map(() => filled(0, dimension + 1)),
  ]
  const whole: readonly unknown[] = [undefined, null, 'body', 7, [], {}, { kind: 'input' }, { kind: 'value' }, { kind: 'gossip' }]
  const pick = (choices: readonly unknown[]): unknown => choices[nextInteger(stream, choices.length)]
  switch (nextInteger(stream, 6)) {
    case 0:
      return pick(whole)
    case 1:
      return { ...fields, round: pick(rounds) }
    case 2:
      return { ...fields, of: pick(['nobody', 3, undefined, null, 'constructor']) }
    case 3:
      return { ...fields, kind: pick(['report', 'heard', 'echo', 'ready', 'send', 'value', 'start', 'constructor']) }
    case 4:
      return { ...fields, senders: pick(lists), stories: pick(lists) }
    default:
      return { ...fields, value: pick(values) }
  }
}
