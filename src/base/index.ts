// Errors, assertions, the tree of named random keys, uniform streams and the stable event heap.
export { assert } from './assert.js'
export { type ErrorDetails, isSwarmvarError, refuse, SwarmvarError, show, within } from './errors.js'
export { type EventHeap, eventHeap } from './heap.js'
export { childKey, type Key, keyFromWords, keyWords, type MovingKey, moveKey, movingKey, rootKey } from './keys.js'
export { shellWord } from './shell.js'
export { firstUniform, nextInteger, nextUint32, nextUniform, openStream, type Stream } from './stream.js'
