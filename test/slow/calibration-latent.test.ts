import { describe, expect, it } from 'vitest'
import { calibrationCases, calibrationFailures } from '../laws/calibration-cases.js'

describe('simulation-based calibration of models with latent states', () => {
  it('the ranks of true parameters and of their likelihood are uniform', () => {
    const cases = calibrationCases('latent')
    expect(cases.length).toBeGreaterThan(0)
    expect(calibrationFailures(cases)).toEqual([])
  })
})
