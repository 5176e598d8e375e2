import { assert, type Key } from '../base/index.js'
import type { Belief } from '../inference/index.js'
import type { Model, PriorFields } from '../models/index.js'
import type { Id, Note } from '../network/index.js'
import { trimmedMean } from '../rules/index.js'

// Empirical Bayes between windows: what agents of one family believed after a training becomes the prior of later trainings.
// Assumptions: among n beliefs, the own included, at most `trim` are lies, and n >= 2 trim + 1.
// Guarantee: every field of the learned prior lies between the least and the largest that honest beliefs give it; and no
// training's window holds a return that its prior has seen.
// Why: per field, the `trim` largest and the `trim` smallest values are left out (Yin et al. 2018); a lesson of day d saw the
// returns of the window that ended there, and serves trainings whose window begins later. See docs/adr/0004.

/** How an agent learns its prior. */
export interface PriorLearning {
  /** How many values of each field are left out at either end. */
  readonly trim: number
  /** The share of what a lesson's returns said that the prior keeps, in (0, 1]. */
  readonly discount: number
  /** The agent's model under another prior. */
  remake(prior: PriorFields): Model
}

/** What an agent and its peers believed after the training of a day. */
export interface Lesson {
  readonly day: number
  /** The place, among all returns, of the last one that any of these beliefs has seen. */
  readonly lastSeen: number
  /** Absent until the training is done. */
  own?: Belief
  readonly peers: Map<Id, Belief>
}

/** A prior, the model under it, and the last return that it has seen: -1 for the scenario's own prior. */
export interface PriorInUse {
  readonly model: Model
  /** Absent for the scenario's own. */
  readonly fields?: PriorFields
  readonly lastSeen: number
}

/** The lesson of a day, which is the newest one if there is any. */
export function lessonOf(lessons: readonly Lesson[], day: number): Lesson | undefined {
  const last = lessons[lessons.length - 1]
  return last?.day === day ? last : undefined
}

/** The newest lesson of the days up to `lastDay`, and the lessons after it. */
export function takeLesson(lessons: readonly Lesson[], lastDay: number): { lesson?: Lesson; later: Lesson[] } {
  const at = lessons.findLastIndex(({ day }) => day <= lastDay)
  return { ...(at < 0 ? {} : { lesson: lessons[at] }), later: lessons.slice(at + 1) }
}

/** The prior that a lesson teaches, or null when too few beliefs are left to leave some out. `model` has the agent's own prior. */
export function learnPrior(
  model: Model,
  { trim, discount, remake }: PriorLearning,
  { day, lastSeen, own, peers }: Lesson,
  key: Key,
): { prior: PriorInUse | null; note: Note } {
  const priorFrom = model.priorFrom?.bind(model)
  assert(priorFrom !== undefined, 'only agents whose model makes priors of beliefs learn them')
  // One key for all: equal beliefs give equal priors.
  const told = [...peers.keys()].sort().map(id => ({ id, belief: peers.get(id) }))
  const given = [{ id: null, belief: own }, ...told].flatMap(({ id, belief }) => {
    const fields = belief === undefined ? null : priorFrom(belief, discount, key)
    return fields === null ? [] : [{ id, fields }]
  })
  if (given.length < 2 * trim + 1) {
    const detail = `${given.length} posteriors of its family, of day ${day}, are too few to leave out ${trim} at either end`
    return { prior: null, note: { kind: 'prior-not-learned', detail } }
  }
  const names = Object.keys(given[0].fields)
  const rows = given.map(({ fields }) => Float64Array.from(names, name => fields[name]))
  const middle = trimmedMean(rows, trim)
  const fields = Object.fromEntries(names.map((name, k) => [name, middle[k]]))
  const isKept = keptRows(rows, trim)
  const ids = given.map(({ id }, i) => ({ id, isKept: isKept[i] })).filter(({ id }) => id !== null)
  const detail = {
    day,
    kept: ids.filter(one => one.isKept).map(({ id }) => id),
    dropped: told.map(({ id }) => id).filter(id => !ids.some(one => one.id === id && one.isKept)),
    method: `mean of ${given.length} posteriors field by field, ${trim} left out at either end, discount ${discount}`,
    prior: fields,
  }
  return {
    prior: { model: remake(fields), fields, lastSeen },
    note: { kind: 'prior-learned', detail: JSON.stringify(detail) },
  }
}

/** Whether any field of a row is among the values that were averaged. */
function keptRows(rows: readonly Float64Array[], trim: number): boolean[] {
  const ranges = Array.from(rows[0], (_, k) => {
    const column = Float64Array.from(rows, row => row[k]).sort()
    return [column[trim], column[column.length - 1 - trim]]
  })
  return rows.map(row => row.some((value, k) => value >= ranges[k][0] && value <= ranges[k][1]))
}
