// Protocol storms: one seed draws a whole adversary and a whole network, and every promise of the protocol is checked.
export { type StormInput, type StormProtocol, stormProtocols } from './plan.js'
export { type StormResult, stormProtocol } from './run.js'
