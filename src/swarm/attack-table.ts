import { assert, refuse } from '../base/index.js'
import type { Attack, Parameters } from './attack.js'
import { omission, silence, staleness } from './attack-absence.js'
import { adaptive } from './attack-adaptive.js'
import { aLittleIsEnough, edge, mimic, scaledMean, withinRange } from './attack-collusive.js'
import { bias, equivocation, noise, signFlip } from './attack-lies.js'
import { malformed } from './attack-malformed.js'
import { togetherIn } from './attack-together.js'
import type { AttackTable, Collusion } from './collusion.js'

const alone = { bias, equivocation, malformed, noise, omission, signFlip, silence, staleness }

/** Every attack by its kind: those of one agent alone, and those of agents that the adversary speaks for. */
export const attackTable: AttackTable = {
  ...alone,
  aLittleIsEnough,
  adaptive,
  collusion: togetherIn(alone),
  edge,
  mimic,
  scaledMean,
  withinRange,
}

/** An attack in its time: active from `fromDay` to `toDay`, both included. */
export interface ScheduledAttack<Kind = Attack> {
  readonly attack: Kind
  readonly fromDay: number
  readonly toDay: number
}

/** The attack of a scenario's spec { kind, fromDay?, toDay?, ...parameters }. */
export function parseAttack(
  spec: { readonly kind: string } & Parameters,
  where: string,
  table: AttackTable = attackTable,
): ScheduledAttack<Attack | Collusion> {
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
