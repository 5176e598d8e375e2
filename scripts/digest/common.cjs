// What the parts of the fingerprints share: the built package's rooms, and seeded numbers.
const { existsSync } = require('node:fs')
const { join } = require('node:path')

const root = join(__dirname, '..', '..')
if (!existsSync(join(root, 'dist', 'index.js'))) {
  console.error('dist/ is missing: npm run build')
  process.exit(2)
}
const room = name => require(join(root, 'dist', name))
const { childKey, openStream, rootKey } = room('base')

const key = label => childKey(rootKey('determinism'), label)
const numbers = (count, next) => Float64Array.from({ length: count }, (_, i) => next(i))
const drawn = (label, count, next) => {
  const stream = openStream(key(label))
  return numbers(count, () => next(stream))
}

module.exports = { drawn, key, numbers, room, root }
