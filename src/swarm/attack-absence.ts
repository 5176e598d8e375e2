import { nextUniform, openStream } from '../base/index.js'
import { type AttackFactory, attack, number, only, percent } from './attack.js'

/** Crash: from the first moment on nothing is heard. */
export const silence: AttackFactory = (parameters, where) => {
  only(parameters, [], where)
  return attack('silence', 'sends nothing', () => null)
}

/** Leaves out each message with a probability. */
export const omission: AttackFactory = (parameters, where) => {
  only(parameters, ['probability'], where)
  const probability = number(parameters, 'probability', where, 0.5, p => p >= 0 && p <= 1, 'a number from 0 to 1')
  return attack('omission', `leaves out ${percent(probability)} of its messages`, (truth, _, key) =>
    nextUniform(openStream(key)) < probability ? null : truth,
  )
}

/** Replays what it believed some days ago as if it were today's. */
export const staleness: AttackFactory = (parameters, where) => {
  only(parameters, ['lagDays'], where)
  const lagDays = number(
    parameters,
    'lagDays',
    where,
    20,
    d => Number.isInteger(d) && d >= 1 && d <= 10_000,
    'a whole number of days from 1 to 10000',
  )
  return attack(
    'staleness',
    `replays its report of ${lagDays} days before`,
    (truth, _, _key, past) => {
      const old = past.findLast(story => story.day <= truth.day - lagDays) ?? past[0] ?? truth
      return { ...old, day: truth.day }
    },
    { memoryDays: lagDays },
  )
}
