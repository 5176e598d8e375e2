// Under ts-node: './x.js' is './x.ts' where there is no such JavaScript. (ts-node's own resolver does this too, but warns of a
// deprecated call on Node 22 and later.)
const Module = require('node:module')

const ordinary = Module._resolveFilename
Module._resolveFilename = function resolveFilename(request, ...rest) {
  try {
    return ordinary.call(this, request, ...rest)
  } catch (error) {
    if (!/^\.{1,2}\/.*\.js$/.test(request)) throw error
    return ordinary.call(this, request.replace(/js$/, 'ts'), ...rest)
  }
}
