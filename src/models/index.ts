// One file per model, and the table of them.
export type { Effort, Model } from './model.js'
