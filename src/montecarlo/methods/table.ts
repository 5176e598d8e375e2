import { antithetic } from './antithetic.js'
import { control } from './control.js'
import { importance, importanceT } from './importance.js'
import { latinHypercube } from './latin-hypercube.js'
import type { Method } from './method.js'
import { plain } from './plain.js'
import { sobol } from './sobol.js'
import { stratified } from './stratified.js'

/** Every method by its name. */
export const methodTable: { readonly [name: string]: Method } = {
  plain,
  antithetic,
  control,
  stratified,
  latinHypercube,
  importance,
  importanceT,
  sobol,
}
