import { assert, isSwarmvarError, refuse, show } from '../base/index.js'
import { childKey, type Key } from '../base/keys.js'
import { type Executor, isExecutorError } from '../execute/index.js'
import { type Actor, createActor } from './actor.js'
import { createAgenda, priority } from './agenda.js'
import { createBus } from './bus.js'
import { createFlights, type Flight } from './flights.js'
import type { Link } from './link.js'
import type { Event, Id, Node, Note, Packet, Step, Work } from './node.js'
import { joinOutages, type Outage } from './outages.js'
import { type Adversary, createPost } from './post.js'
import { createTaps, type Tap, type TapError } from './taps.js'

/** The trace's own ear: called synchronously, with what was delivered itself and not a copy, before the node is. It must not throw. */
export interface Recorder<Body> {
  delivered(atMs: number, to: Id, event: Event<Body>): void
  noted(atMs: number, by: Id, note: Note): void
}

export interface WorldOptions<Body> {
  readonly nodes: ReadonlyMap<Id, Node<unknown, Body>> | { readonly [id: Id]: Node<unknown, Body> }
  /** Who hears whose local broadcasts. */
  readonly neighbours: { readonly [id: Id]: readonly Id[] }
  /** Asked in order about every packet to every receiver. */
  readonly links: readonly Link[]
  readonly key: Key
  readonly executor: Executor
  readonly subscriptions: { readonly [topic: string]: readonly Id[] }
  /** One of the nodes may overhear everything and speak for those it has corrupted. */
  readonly adversary?: Adversary
  /** When nodes are down. */
  readonly outages?: readonly Outage[]
  readonly recorder?: Recorder<Body>
  /** Most events that may wait at one time. */
  readonly maxPending?: number
  /** Most events at one instant of virtual time: beyond them the nodes keep each other busy and time stands still. */
  readonly maxAtOneInstant?: number
}

/** A run in virtual time: a pure function of its options and of the signals scheduled between its runs. */
export interface World<Body> {
  /** Schedules an event from outside. Never during a run: that would depend on real time. Errors: BAD_SIGNAL. */
  signal(atMs: number, to: Id, topic: string, body: Body): void
  /**
   * Delivers everything up to and including `untilMs` of virtual time, or until nothing is left. Errors: EVENT_QUEUE_FULL,
   * TIME_STANDS_STILL, what the executor refuses, and any untyped error of a job; then the world cannot be run again.
   */
  run(untilMs?: number): Promise<void>
  /** Adds an observer, which never changes the run; returns the function that removes it. */
  tap(listener: Tap<Body>): () => void
  /** Virtual milliseconds: of the last delivery, or where the last run was told to stop. */
  readonly now: number
  /** Number of events handed to nodes. */
  readonly deliveries: number
  readonly tapErrors: readonly TapError[]
}

/** Builds the nodes, by id, and the only loop. Errors: BAD_WORLD, and what a node's init refuses. */
export function createWorld<Body>(options: WorldOptions<Body>): World<Body> {
  const { recorder, key, links, neighbours, subscriptions, adversary, maxPending = 1e6, maxAtOneInstant = 1e7 } = options
  const nodes = options.nodes instanceof Map ? options.nodes : new Map(Object.entries(options.nodes))
  const ids: Id[] = [...nodes.keys()].sort()
  const actors = ids.map((id, place) => createActor<Body>(id, place, nodes.get(id)!, key))
  const bus = createBus<Body, Actor<Body>>({ inboxes: actors, neighbours, subscriptions })
  const agenda = createAgenda<Body>({ actors, maxPending, maxAtOneInstant })
  const taps = createTaps<Body>()
  const flights = createFlights(options.executor)
  const undeliverable = (from: Id, to: Id) =>
    write(from, { kind: 'undeliverable', agent: from, detail: `a packet to ${to}, who is not there` })
  const forged = (from: Id, as: Id) =>
    write(from, { kind: 'forged', agent: from, detail: `a packet in the name of ${as}, whom it does not control` })
  if (adversary !== undefined) checkAdversary(adversary, id => bus.inbox(id) !== undefined)
  const post = createPost<Body>({
    bus,
    links,
    key,
    ids,
    agenda,
    undeliverable,
    forged,
    ...(adversary === undefined ? {} : { adversary }),
  })
  for (const actor of actors) {
    const peers = bus.neighbours(actor.id).map(peer => peer.id)
    actor.state = actor.node.init(actor.id, peers)
    bus.attach(actor, handle)
  }

  for (const { id, fromMs, toMs } of joinOutages(options.outages ?? [], id => bus.inbox(id) !== undefined)) {
    const actor = bus.inbox(id)!
    agenda.schedule(fromMs, priority.outage, actor, { kind: 'down', toMs })
    agenda.schedule(toMs, priority.outage, actor, { kind: 'recovered', downSinceMs: fromMs })
  }

  let deliveries = 0
  let state: 'idle' | 'running' | 'failed' = 'idle'

  function write(by: Id, note: Note): void {
    recorder?.noted(agenda.now, by, note)
    if (taps.active) taps.show({ kind: 'noted', atMs: agenda.now, by, note })
  }

  function deliver(to: Actor<Body>, event: Event<Body>): void {
    deliveries++
    recorder?.delivered(agenda.now, to.id, event)
    if (taps.active) taps.show({ kind: 'delivered', atMs: agenda.now, to: to.id, event })
    bus.deliver(to, event)
  }

  function handle(this: Actor<Body>, event: Event<Body>): void {
    let step: Step<unknown, Body>
    try {
      step = this.node.on(this.state, event, agenda.now, childKey(this.stepKey, this.steps++))
      this.state = step.state
    } catch (error) {
      crash(this, error)
      return
    }
    const { note, send, work } = step
    const problem = problemOf(note, send, work)
    if (problem !== null) {
      crash(this, new Error(problem))
      return
    }
    for (let i = 0; i < note.length; i++) write(this.id, note[i])
    for (let i = 0; i < send.length; i++) post.send(this, send[i])
    for (let i = 0; i < work.length; i++) begin(this, work[i])
  }

  function crash(actor: Actor<Body>, error: unknown): void {
    actor.crashed = true
    actor.isUp = false
    bus.detach(actor)
    write(actor.id, { kind: 'crash', agent: actor.id, detail: error instanceof Error ? error.message : show(error) })
  }

  function begin(actor: Actor<Body>, work: Work): void {
    assert(work.afterMs >= 0, `a job's delay is not negative, not ${work.afterMs}`)
    agenda.schedule(agenda.now + work.afterMs, priority.result, actor, { kind: 'due', flight: flights.start(work) })
  }

  /** Brings a job's result, or its typed failure, at the virtual time that was fixed when it was asked for. */
  async function land(to: Actor<Body>, flight: Flight): Promise<void> {
    const { job, tag } = flight
    const isLost = !to.isUp || agenda.sequence < to.forgotten
    const landing = await flights.land(flight)
    if (landing.ok && isLost) return
    if (landing.ok) return deliver(to, { kind: 'result', job, tag, output: landing.output })
    const { error } = landing
    if (!isSwarmvarError(error) || isExecutorError(error)) throw error
    if (!isLost) deliver(to, { kind: 'failure', job, tag, code: error.code, message: error.message })
  }

  /** The hot loop: runs until the time is up or a job's result is due, without a single promise. */
  function drain(untilMs: number): { to: Actor<Body>; flight: Flight } | undefined {
    for (let pending = agenda.next(untilMs); pending !== undefined; pending = agenda.next(untilMs)) {
      const { to } = agenda
      if (pending.kind === 'message') {
        to.underWay--
        if (to.isUp) deliver(to, pending)
      } else if (pending.kind === 'due') {
        if (!to.crashed) return { to, flight: pending.flight }
      } else if (pending.kind === 'down') {
        if (!to.crashed) fall(to, pending.toMs)
      } else if (pending.kind === 'recovered') {
        to.isUp = !to.crashed
        if (to.isUp) deliver(to, pending)
      } else if (to.isUp && !(pending.kind === 'wake' && agenda.sequence < to.forgotten)) deliver(to, pending)
    }
    return undefined
  }

  function fall(actor: Actor<Body>, toMs: number): void {
    actor.isUp = false
    actor.forgotten = agenda.scheduled
    write(actor.id, { kind: 'down', agent: actor.id, detail: `until ${toMs} ms` })
  }

  async function run(untilMs = Number.POSITIVE_INFINITY): Promise<void> {
    assert(state === 'idle', `a world that is ${state} cannot be run`)
    assert(untilMs >= agenda.now, `a run goes on to a time not before ${agenda.now} ms, not to ${untilMs}`)
    state = 'running'
    try {
      for (let due = drain(untilMs); due !== undefined; due = drain(untilMs)) await land(due.to, due.flight)
      if (untilMs < Number.POSITIVE_INFINITY) agenda.wait(untilMs)
      state = 'idle'
    } catch (error) {
      state = 'failed'
      await flights.cancel()
      throw error
    }
  }

  function signal(atMs: number, to: Id, topic: string, body: Body): void {
    assert(state !== 'running', 'signals are scheduled between runs')
    const actor = bus.inbox(to) ?? refuse('BAD_SIGNAL', to, 'the id of a node', 'to')
    const inTime = typeof atMs === 'number' && atMs >= agenda.now && atMs < Number.POSITIVE_INFINITY
    if (!inTime) refuse('BAD_SIGNAL', atMs, `a finite time not before ${agenda.now} ms`, 'atMs')
    agenda.schedule(atMs, priority.signal, actor, { kind: 'signal', topic, body })
  }

  return {
    signal,
    run,
    tap: taps.add,
    get now() {
      return agenda.now
    },
    get deliveries() {
      return deliveries
    },
    tapErrors: taps.errors,
  }
}

function checkAdversary({ id, corrupts }: Adversary, isThere: (id: Id) => boolean): void {
  for (const known of [id, ...corrupts]) if (!isThere(known)) refuse('BAD_WORLD', known, 'the id of a node', 'adversary')
  if (corrupts.has(id)) refuse('BAD_WORLD', id, 'an adversary that does not corrupt itself', 'adversary.corrupts')
}

/** Why what a node's step leaves behind is no step, or null. */
function problemOf(note: unknown, send: unknown, work: unknown): string | null {
  if (!Array.isArray(note) || !Array.isArray(send) || !Array.isArray(work)) return 'a step without lists of note, send and work'
  for (let i = 0; i < send.length; i++) {
    const packet = send[i] as Packet<unknown> | null | undefined
    if (typeof packet !== 'object' || packet === null) return `packet ${i} of a step is ${show(packet)}`
    const { kind } = packet
    const isKnown = kind === 'point' || kind === 'topic' || kind === 'broadcast' || kind === 'wake'
    if (!isKnown) return `packet ${i} of a step is of the kind ${show(kind)}`
  }
  return null
}
