import { type Key, nextInteger, nextUniform, openStream, rootKey } from '../../src/base/index.js'
import { inProcess } from '../../src/execute/index.js'
import {
  createWorld,
  type Event,
  type Id,
  type Link,
  type Node,
  type Recorder,
  type Step,
  type World,
  type WorldOptions,
} from '../../src/network/index.js'

type Parts<Body> = Partial<Omit<Step<unknown, Body>, 'state'>>

/** A node without a state: what it does is a function of the event. */
export const reacting = <Body>(
  on: (event: Event<Body>, now: number, key: Key) => Parts<Body> | undefined,
): Node<unknown, Body> => ({
  init: () => undefined,
  on: (state, event, now, key) => ({ state, send: [], note: [], work: [], ...on(event, now, key) }),
})

export const silent = <Body>(): Node<unknown, Body> => reacting<Body>(() => undefined)

export function describeEvent(event: Event<unknown>): string {
  switch (event.kind) {
    case 'message':
      return `${event.topic} from ${event.from}: ${JSON.stringify(event.body)}`
    case 'signal':
      return `signal ${event.topic}: ${JSON.stringify(event.body)}`
    case 'wake':
      return `wake ${event.name}`
    case 'overheard':
      return `overheard ${event.from}: ${JSON.stringify(event.packet)}`
    case 'recovered':
      return `recovered, down since ${event.downSinceMs}`
    case 'result':
      return `result ${event.tag}: ${JSON.stringify(event.output)}`
    case 'failure':
      return `failure ${event.tag}: ${event.code} ${event.message}`
  }
}

/** Writes one line for everything a recorder hears. */
export function logging(log: string[]): Recorder<unknown> {
  return {
    delivered: (atMs, to, event) => log.push(`${atMs} ${to} < ${describeEvent(event)}`),
    noted: (atMs, by, note) =>
      log.push(`${atMs} ${by} notes ${note.kind}${note.agent === undefined ? '' : ` of ${note.agent}`}: ${note.detail}`),
  }
}

export interface Logged<Body> {
  readonly world: World<Body>
  readonly log: string[]
}

/** A world with sensible defaults and a log of all that happens in it. */
export function logged<Body>(options: Partial<WorldOptions<Body>> & Pick<WorldOptions<Body>, 'nodes'>): Logged<Body> {
  const log: string[] = []
  const defaults = {
    neighbours: {},
    links: [],
    key: rootKey('test'),
    executor: inProcess({}),
    subscriptions: {},
    recorder: logging(log),
  }
  return { world: createWorld<Body>({ ...defaults, ...options }), log }
}

export const delay =
  (deliverAfterMs: number): Link =>
  () => ({ deliverAfterMs })

/**
 * Restless agents whose every choice is drawn from their step's key: at each wake-up they message one peer, their neighbours or a
 * topic, and whatever they hear they may answer, note, or compute with. Now and then one crashes.
 */
export function restless(ids: readonly Id[], crashes = 0.002): Node<{ sum: number }, number> {
  return {
    init: () => ({ sum: 0 }),
    on(state, event, now, key) {
      const stream = openStream(key)
      const u = nextUniform(stream)
      if (u < crashes) throw new Error(`crashed at ${now}`)
      const heard = event.kind === 'message' ? event.body : 1
      state.sum = (state.sum * 31 + heard) % 1000003
      const body = state.sum
      const point = { kind: 'point', to: ids[nextInteger(stream, ids.length)], topic: 'p', body } as const
      const first =
        u < 0.7
          ? point
          : u < 0.85
            ? ({ kind: 'topic', topic: 'news', body } as const)
            : ({ kind: 'broadcast', topic: 'b', body } as const)
      const again = { kind: 'wake', name: 'again', afterMs: 1 + nextUniform(stream) } as const
      const send = event.kind === 'wake' || event.kind === 'signal' ? [first, again] : u < 0.3 ? [point] : []
      const work = u > 0.98 ? [{ job: 'square', tag: `${body}`, input: body, afterMs: 2 }] : []
      return { state, send, note: u < 0.1 ? [{ kind: 'seen', detail: String(body) }] : [], work }
    },
  }
}

export const names = (n: number): Id[] => Array.from({ length: n }, (_, i) => `agent-${i}`)
