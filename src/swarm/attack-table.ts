import { assert, refuse } from '../base/index.js'
import type { Attack, AttackTable, Parameters } from './attack.js'
import { omission, silence, staleness } from './attack-absence.js'
import { bias, equivocation, noise, signFlip } from './attack-lies.js'
import { malformed } from './attack-malformed.js'

/** Every attack by its kind. */
export const attackTable: AttackTable = { bias, equivocation, malformed, noise, omission, signFlip, silence, staleness }

/** An attack in its time: active from `fromDay` to `toDay`, both included. */
export interface ScheduledAttack {
  readonly attack: Attack
  readonly fromDay: number
  readonly toDay: number
}

/** The attack of a scenario's spec { kind, fromDay?, toDay?, ...parameters }. */
export function parseAttack(
  spec: { readonly kind: string } & Parameters,
  where: string,
  table: AttackTable = attackTable,
): ScheduledAttack {
  const { kind, fromDay = 0, toDay = Number.MAX_SAFE_INTEGER, ...parameters } = spec
  if (!Object.hasOwn(table, kind))
    refuse('UNKNOWN_ATTACK', kind, `one of ${Object.keys(table).sort().join(', ')}`, `${where}.kind`)
  for (const [name, value] of [
    ['fromDay', fromDay],
    ['toDay', toDay],
  ] as const) {
    if (!Number.isSafeInteger(value) || (value as number) < 0)
      refuse('BAD_ATTACK', value, 'a whole number of days, 0 or more', `${where}.${name}`)
  }
  assert(typeof fromDay === 'number' && typeof toDay === 'number', 'checked above')
  if (toDay < fromDay) refuse('BAD_ATTACK', toDay, `a day not before fromDay ${fromDay}`, `${where}.toDay`)
  return { attack: table[kind](parameters, where), fromDay, toDay }
}
