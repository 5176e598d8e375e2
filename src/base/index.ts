// Errors, assertions, the tree of named random keys, uniform streams and the stable event heap.
export { assert } from './assert.js'
export { type ErrorDetails, isSwarmvarError, refuse, SwarmvarError, show, within } from './errors.js'
export { type EventHeap, eventHeap } from './heap.js'
export { childKey, type Key, keyFromWords, keyWords, rootKey } from './keys.js'
export { nextInteger, nextUint32, nextUniform, openStream, type Stream } from './stream.js'
