export type { Belief, Posterior } from './posterior.js'
