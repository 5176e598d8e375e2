import { childKey, type Key, rootKey, within } from '../base/index.js'
import { drawStorm, type Id, losslessStormKinds, type Storm, type StormKind, stormKinds } from '../network/index.js'
import { COORDINATOR } from '../swarm/index.js'
import { DAY_MS } from './define.js'
import type { AgreementSpec, Scenario } from './types.js'

// Of what a synchronous protocol assumes nothing is broken by copies, nor by as many nodes down as it tolerates.
const timelyKinds: readonly StormKind[] = ['duplication', 'outage', 'replay']

/** The kinds of faults that a way of deciding is made for. */
function toleratedKinds(decision: AgreementSpec | undefined): readonly StormKind[] {
  if (decision === undefined) return stormKinds
  return decision.protocol === 'asynchronous' ? losslessStormKinds : timelyKinds
}

/**
 * The storm of a scenario, drawn from the run's key: links among all on the bus, to be asked before the scenario's own, and outages of
 * agents, of whom never more are down than are tolerated beside those that are faulty by design. Nothing without one. Errors: BAD_STORM.
 */
export function stormOf({ network, decision, agents }: Scenario, everyone: readonly Id[], key: Key): Storm {
  const { storm, links } = network
  if (storm === undefined) return { links: [], outages: [] }
  const { untilDay, intensity, kinds = toleratedKinds(decision) } = storm
  const options = { untilMs: untilDay * DAY_MS, intensity, kinds: kinds as readonly StormKind[] }
  const faulty = agents.filter(({ behaviour }) => behaviour.attack !== undefined).length
  const tolerates = Math.max(0, (decision?.f ?? Math.floor((agents.length - 1) / 3)) - faulty)
  const latencyMs = links.length > 0 ? 0 : Math.min(2, (decision?.roundMs ?? 2) / 2)
  const stormKey = childKey(key, 'storm')
  return within('scenario.network', () => {
    const { links: faults } = drawStorm(everyone, stormKey, { ...options, latencyMs })
    const { outages } = drawStorm(
      agents.map(({ id }) => id),
      stormKey,
      { ...options, kinds: options.kinds.filter(kind => kind === 'outage'), tolerates },
    )
    return { links: faults, outages }
  })
}

/** The faults that a run of a scenario draws from its seed: the same as in the run. Errors: BAD_STORM. */
export function stormOfRun(scenario: Scenario, seed: string): Storm {
  const ids = scenario.agents.map(({ id }) => id)
  return stormOf(scenario, everyoneOn(scenario, ids), childKey(rootKey(seed), 'run'))
}

/** Everybody on the bus. */
export const everyoneOn = ({ decision }: Scenario, ids: readonly Id[]): readonly Id[] =>
  decision === undefined ? [...ids, COORDINATOR].sort() : ids
