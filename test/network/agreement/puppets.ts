import type { AgreementBody, Id, Node, Packet, Value } from '../../../src/network/index.js'

/** Says, whenever an honest participant speaks of a value, what `lie` makes of it to each, in the name of `as`. */
export function liar(
  as: Id,
  others: readonly Id[],
  lie: (to: Id, body: AgreementBody, from: Id) => AgreementBody | undefined,
): Node<null, AgreementBody> {
  return {
    init: () => null,
    on(state, event) {
      const send: Packet<AgreementBody>[] = []
      if (event.kind === 'overheard' && event.packet.kind !== 'wake') {
        for (const to of others) {
          const body = lie(to, event.packet.body, event.from)
          if (body !== undefined) send.push({ kind: 'point', to, topic: 'agreement', body, as })
        }
      }
      return { state, send, note: [], work: [] }
    },
  }
}

export interface Rows {
  readonly [id: Id]: readonly number[]
}

export const numbers = (decisions: ReadonlyMap<Id, { readonly value: Value }>, honest: readonly Id[]): number[] =>
  honest.map(id => decisions.get(id)!.value[0])

export const spread = (values: readonly number[]): number => Math.max(...values) - Math.min(...values)

/** The honest spread after each round, from its notes. */
export function spreads(
  notes: readonly { readonly by: Id; readonly note: { readonly kind: string; readonly data?: unknown } }[],
  honest: readonly Id[],
): number[] {
  const rounds: number[][] = []
  for (const { by, note } of notes) {
    if (note.kind !== 'round' || !honest.includes(by)) continue
    const { round, value } = note.data as { readonly round: number; readonly value: Value }
    rounds[round - 1] ??= []
    rounds[round - 1].push(value[0])
  }
  return rounds.map(spread)
}
