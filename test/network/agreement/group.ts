import { rootKey } from '../../../src/base/index.js'
import { inProcess } from '../../../src/execute/index.js'
import {
  type AgreementBody,
  createWorld,
  type Id,
  type Link,
  type Node,
  type Note,
  type Value,
  type WorldOptions,
} from '../../../src/network/index.js'
import { delay } from '../helpers.js'

export interface Noted {
  readonly atMs: number
  readonly by: Id
  readonly note: Note
}

export interface Meeting {
  readonly notes: readonly Noted[]
  readonly deliveries: number
  readonly nowMs: number
  /** What the notes of one kind carry, by who wrote them; the last of each. */
  data(kind: string): Map<Id, { readonly round: number; readonly value: Value; readonly from: Id }>
}

export const ids = (n: number): Id[] => Array.from({ length: n }, (_, i) => `p${String(i).padStart(2, '0')}`)

export const complete = (all: readonly Id[]): { [id: Id]: Id[] } =>
  Object.fromEntries(all.map(id => [id, all.filter(other => other !== id)]))

/** Runs a group to its end: everyone in `inputs` gets its own at 0 ms, the others a start. */
export async function meet(
  nodes: { readonly [id: Id]: Node<never, AgreementBody> | Node<unknown, AgreementBody> },
  inputs: { readonly [id: Id]: readonly number[] },
  options: Partial<WorldOptions<AgreementBody>> & { readonly links?: readonly Link[] } = {},
): Promise<Meeting> {
  const all = Object.keys(nodes)
  const notes: Noted[] = []
  const world = createWorld<AgreementBody>({
    nodes: nodes as { readonly [id: Id]: Node<unknown, AgreementBody> },
    neighbours: complete(all),
    subscriptions: { agreement: all },
    links: [delay(1)],
    key: rootKey('test'),
    executor: inProcess({}),
    recorder: { delivered: () => {}, noted: (atMs, by, note) => notes.push({ atMs, by, note }) },
    ...options,
  })
  for (const id of all) {
    const value = Object.hasOwn(inputs, id) ? Float64Array.from(inputs[id]) : undefined
    world.signal(0, id, 'agreement', value === undefined ? { kind: 'start' } : { kind: 'input', value })
  }
  await world.run()
  return {
    notes,
    deliveries: world.deliveries,
    nowMs: world.now,
    data: kind => new Map(notes.filter(({ note }) => note.kind === kind).map(({ by, note }) => [by, note.data as never])),
  }
}
