import { describe, expect, it } from 'vitest'
import { nextUniform, rootKey } from '../../src/base/index.js'
import { drawNormal, normalQuantile } from '../../src/distributions/index.js'
import {
  hmc,
  independence,
  logDensityOf,
  randomWalk,
  runChains,
  splitTProposal,
  studentTProposal,
  type Target,
  type Transition,
  targetOf,
} from '../../src/inference/index.js'
import { kernelProposal } from '../../src/inference/kernel-proposal.js'
import { knownTargets } from '../laws/known-targets.js'
import { type About, expectAgreement, expectJoint, expectReversible, transitionLaws } from '../laws/transition-laws.js'

transitionLaws({
  name: 'independence from a Student-t',
  make: (target, { mean, factor }) => independence(target, studentTProposal(mean, factor, 5)) as Transition<unknown>,
  warmup: [50],
})

transitionLaws({
  name: 'independence from a split-t',
  make: (target, { mean, factor }) =>
    independence(
      target,
      splitTProposal({
        mode: { x: mean, logDensity: 0, factor },
        df: 5,
        below: new Float64Array(2).fill(0.9),
        above: new Float64Array(2).fill(1.3),
      }),
    ) as Transition<unknown>,
  warmup: [50],
})

transitionLaws({
  name: 'independence from kernels at weighted draws',
  make: (target, { mean, factor }) => {
    const refined = kernelProposal(target, studentTProposal(mean, factor, 5), 500, rootKey('kernels'))
    return independence(target, refined!) as Transition<unknown>
  },
  warmup: [50],
})

transitionLaws({
  name: 'random walk',
  make: (target, { factor }) =>
    randomWalk(
      target,
      factor.map(v => v / 3),
    ) as Transition<unknown>,
  thin: 8,
})

transitionLaws({
  name: 'Hamiltonian Monte Carlo, dense',
  make: (target, { factor }) => hmc(target, { factor: factor.map(v => v / 3) }) as Transition<unknown>,
  fixed: (target, { factor }) => hmc(target, { factor, stepSize: 0.8 }) as Transition<unknown>,
})

transitionLaws({
  name: 'Hamiltonian Monte Carlo, diagonal',
  make: (target, { factor }) =>
    hmc(target, { factor: Float64Array.of(factor[0], 0, 0, factor[3]), isDiagonal: true }) as Transition<unknown>,
  fixed: (target, { factor }) => hmc(target, { factor, stepSize: 0.8, isDiagonal: true }) as Transition<unknown>,
})

describe('the laws would catch', () => {
  const known = knownTargets[0]
  const plan = { starts: known.starts, warmup: [100], draws: 2500, furtherDraws: 1, blocksMax: 1, essTarget: 1 }
  const drawsOf = (transition: Transition<unknown>) => runChains(transition, plan, rootKey('wrong')).draws

  /** A walk that accepts with the ratio to the power of .8: it samples a density that is too wide. */
  const lenient = (target: Target, { factor }: About): Transition<unknown> =>
    randomWalk(
      targetOf(x => 0.8 * logDensityOf(target)(x), 2),
      factor,
      1.5,
    ) as Transition<unknown>

  it('an acceptance ratio that is slightly wrong', () => {
    expect(() => expectAgreement(drawsOf(lenient(targetOf(known.logDensity, 2), known)), known)).toThrow(/covariance/)
    expect(() => expectJoint(lenient)).toThrow(/variance/)
  })

  it('a chain that goes round: it keeps the target, yet does not go back as often as it came', () => {
    const { mean, factor } = known
    const turning: Transition<{ u: number }> = {
      dimension: 2,
      method: 'rotation of the ranks',
      init: (_, stream) => ({ u: nextUniform(stream) }),
      step(state, count, stream, out) {
        for (let n = 0; n < count; n++) {
          state.u = (state.u + 0.3 * nextUniform(stream)) % 1
          const [z, w] = [normalQuantile(state.u), drawNormal(stream)]
          out[2 * n] = mean[0] + factor[0] * z
          out[2 * n + 1] = mean[1] + factor[2] * z + factor[3] * w
        }
        return state
      },
    }
    const draws = drawsOf(turning as Transition<unknown>)
    expectAgreement(draws, known)
    expect(() => expectReversible(draws, known)).toThrow(/coordinate 0/)
  })
})
