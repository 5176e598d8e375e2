import type { Id, Value } from '../network/index.js'
import { checkBlame, type Promised } from './agreement.js'
import { inputsOf, type Stated, statedBy } from './claims.js'
import { type History, missing, type Violation, violation } from './history.js'

type Honest = Pick<Promised, 'honest'>

const same = (a: Value, b: Value): boolean => a.length === b.length && a.every((number, j) => number === b[j])

/** Who delivered what of whom: by the sender, then by who delivered. */
function deliveriesOf(history: History, honest: ReadonlySet<Id>): ReadonlyMap<Id, readonly Stated[]> {
  const bySender = new Map<Id, Stated[]>()
  for (const stated of statedBy(history, honest, 'delivered')) {
    const others = bySender.get(stated.from)
    if (others === undefined) bySender.set(stated.from, [stated])
    else others.push(stated)
  }
  return bySender
}

/** Every honest participant delivers what an honest one was given to broadcast. */
export function checkBroadcastValidity(history: History, { honest }: Honest): readonly Violation[] {
  const deliveries = deliveriesOf(history, honest)
  const found: Violation[] = []
  for (const [sender, { value }] of inputsOf(history, honest)) {
    for (const who of [...honest].sort()) {
      const delivered = deliveries.get(sender)?.find(stated => stated.who === who)
      if (delivered === undefined) found.push(missing(history, 'validity', who, `${who} never delivered the value of ${sender}`))
      else if (!same(delivered.value, value))
        found.push(violation(history, 'validity', delivered, `${who} delivered another value of ${sender}`))
    }
  }
  return found
}

/** No two honest participants deliver different values of one sender. */
export function checkBroadcastAgreement(history: History, { honest }: Honest): readonly Violation[] {
  const found: Violation[] = []
  for (const [sender, [first, ...others]] of deliveriesOf(history, honest)) {
    const other = others.find(({ value }) => !same(value, first.value))
    if (other !== undefined)
      found.push(violation(history, 'agreement', other, `${first.who} and ${other.who} delivered different values of ${sender}`))
  }
  return found
}

/** Nobody honest delivers twice of one sender, or of an honest sender what that never sent. */
export function checkBroadcastIntegrity(history: History, { honest }: Honest): readonly Violation[] {
  const inputs = inputsOf(history, honest)
  const found: Violation[] = []
  for (const [sender, stated] of deliveriesOf(history, honest)) {
    const seen = new Set<Id>()
    for (const each of stated) {
      if (seen.has(each.who)) found.push(violation(history, 'integrity', each, `${each.who} delivered twice of ${sender}`))
      seen.add(each.who)
      const input = inputs.get(sender)
      if (honest.has(sender) && (input === undefined || !same(input.value, each.value)))
        found.push(violation(history, 'integrity', each, `${each.who} delivered what ${sender} never sent`))
    }
  }
  return found
}

/** Where one honest participant delivers of a sender, all do. */
export function checkTotality(history: History, { honest }: Honest): readonly Violation[] {
  const found: Violation[] = []
  for (const [sender, stated] of deliveriesOf(history, honest)) {
    const who = new Set(stated.map(each => each.who))
    for (const id of [...honest].sort()) {
      if (!who.has(id))
        found.push(missing(history, 'totality', id, `${id} never delivered of ${sender}, as ${stated[0].who} did`))
    }
  }
  return found
}

/** Everything that reliable broadcast promises. */
export const checkReliableBroadcast = (history: History, promised: Promised): readonly Violation[] => [
  ...checkBroadcastValidity(history, promised),
  ...checkBroadcastAgreement(history, promised),
  ...checkBroadcastIntegrity(history, promised),
  ...checkTotality(history, promised),
  ...checkBlame(history, promised),
]
