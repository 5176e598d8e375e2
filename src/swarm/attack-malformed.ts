import { refuse } from '../base/index.js'
import type { Forecast } from '../forecast/index.js'
import { type AttackFactory, attack, mapBelief, only, retell } from './attack.js'

const FORMS: { readonly [form: string]: (f: Forecast) => Forecast } = {
  nan: f => ({ ...f, quantiles: f.quantiles.map((q, i) => (i === 0 ? Number.NaN : q)) }),
  infinite: f => ({ ...f, shortfalls: f.shortfalls.map(() => Number.POSITIVE_INFINITY) }),
  wrongLength: f => ({ ...f, quantiles: f.quantiles.slice(1) }),
  descending: f => ({ ...f, quantiles: f.quantiles.slice().reverse() }),
  esBelowVar: f => ({ ...f, shortfalls: f.shortfalls.map(s => -Math.abs(s) - 1e3) }),
}

/** Reports that are no forecasts at all; the coordinator's border has to find them. */
export const malformed: AttackFactory = (parameters, where) => {
  only(parameters, ['form'], where)
  const form = parameters.form ?? 'nan'
  if (typeof form !== 'string' || !Object.hasOwn(FORMS, form))
    refuse('BAD_ATTACK', form, `one of ${Object.keys(FORMS).join(', ')}`, `${where}.form`)
  return attack('malformed', `sends malformed reports (${form})`, truth =>
    retell(truth, FORMS[form], b => mapBelief(b, () => Number.NaN)),
  )
}
