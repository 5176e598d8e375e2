import { makeModel } from '../../src/models/index.js'
import { awkwardLaws } from '../laws/awkward-laws.js'

for (const name of [
  'filteredHistorical',
  'garchNormal',
  'gjrGarchT',
  'markovSwitching',
  'peaksOverThreshold',
  'stochasticVolatility',
])
  awkwardLaws(makeModel({ name }))
awkwardLaws(makeModel({ name: 'markovSwitching', options: { regimes: 3 } }))
