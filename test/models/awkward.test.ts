import { makeModel } from '../../src/models/index.js'
import { awkwardLaws } from '../laws/awkward-laws.js'

// The models whose trainings take longer stand in test/slow/awkward.test.ts.
for (const name of ['garchT', 'normalInverseGamma', 'bayesianBootstrap', 'ewma']) awkwardLaws(makeModel({ name }))
