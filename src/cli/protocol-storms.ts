import { availableParallelism } from 'node:os'
import { refuse } from '../base/index.js'
import {
  type StormInput,
  type StormProtocol,
  type StormsInput,
  type StormsResult,
  stormJobsModule,
  stormProtocol,
  stormProtocols,
} from '../checks/index.js'
import { cancelOnInterrupt, type Executor, threads } from '../execute/index.js'
import { tableOf, textTable } from '../report/index.js'
import { openProgress } from './progress.js'

export interface ProtocolStormFlags {
  readonly seeds: number
  readonly seed?: string
  readonly only?: string
  readonly n?: number
  readonly f?: number
  readonly unsafe?: boolean
  readonly thresholds?: string
  readonly workers?: number
  readonly json?: boolean
}

export const isProtocol = (name: string): name is StormProtocol => (stormProtocols as readonly string[]).includes(name)

/** Seeds of one job: long enough to be worth a worker's while, short enough for progress. */
const CHUNK = 50

interface Group {
  readonly n: number
  readonly f: number
}

type Totals = Group & StormsResult & { readonly seconds: number }

/**
 * Storms a protocol by itself: many seeds, each of which draws the network and the adversary, over all cores, at n = 3f + 1 for f = 1, 2, 3
 * unless told. Stops at the first violation and prints the command that replays it. Whether all held is the answer.
 */
export async function protocolStorms(protocol: StormProtocol, flags: ProtocolStormFlags): Promise<boolean> {
  const groups = groupsOf(flags)
  const more = { protocol, ...(flags.unsafe === true ? { unsafe: true } : {}), ...thresholdsOf(flags) }
  if (flags.only !== undefined) return oneStorm({ ...more, ...groups[0], seed: flags.only }, flags.json === true)
  const executor = threads({ workers: flags.workers ?? Math.min(4, availableParallelism()), jobsModule: stormJobsModule })
  const totals: Totals[] = []
  try {
    for (const group of groups) {
      const total = await stormGroup(executor, { ...more, ...group }, flags)
      totals.push(total)
      if (total.violated > 0) break
    }
  } finally {
    await executor.close()
  }
  const violations = totals.flatMap(total => total.violations)
  if (flags.json === true) process.stdout.write(`${JSON.stringify(totals)}\n`)
  else {
    process.stdout.write(`${textTable(totalsTable(protocol, totals), 100)}\n`)
    for (const { property, who, detail, replay } of violations.slice(0, 1))
      process.stdout.write(`violated: ${property}, ${who}: ${detail}\nreplay with: ${replay}\n`)
  }
  return violations.length === 0
}

function groupsOf({ n, f, only }: ProtocolStormFlags): Group[] {
  if (n === undefined && f === undefined && only === undefined) return [1, 2, 3].map(faults => ({ n: 3 * faults + 1, f: faults }))
  const faults = f ?? 1
  return [{ n: n ?? 3 * faults + 1, f: faults }]
}

function thresholdsOf({ thresholds }: ProtocolStormFlags): Pick<StormInput, 'thresholds'> {
  if (thresholds === undefined) return {}
  const [echoes, amplify, deliver, ...rest] = thresholds.split(',').map(Number)
  if (![echoes, amplify, deliver].every(Number.isInteger) || rest.length > 0)
    refuse('BAD_USAGE', thresholds, 'three whole numbers: echoes,amplify,deliver', '--thresholds')
  return { thresholds: { echoes, amplify, deliver } }
}

async function stormGroup(
  executor: Executor,
  storm: Omit<StormInput, 'seed'>,
  { seeds, seed = 'storm-' }: ProtocolStormFlags,
): Promise<Totals> {
  const inputs = Array.from({ length: Math.ceil(seeds / CHUNK) }, (_, i): StormsInput => {
    return { ...storm, prefix: seed, from: i * CHUNK, to: Math.min(seeds, (i + 1) * CHUNK) }
  })
  const progress = openProgress(`${storm.protocol}, n = ${storm.n}, f = ${storm.f}`, 'storm')
  const interruption = cancelOnInterrupt()
  const startedMs = performance.now()
  const sums = { storms: 0, violated: 0, deliveries: 0 }
  let violations: StormsResult['violations'] = []
  try {
    for await (const part of executor.map<StormsInput, StormsResult>('storms', inputs, { signal: interruption.signal })) {
      sums.storms += part.storms
      sums.violated += part.violated
      sums.deliveries += part.deliveries
      violations = part.violations
      progress.update(sums.storms, seeds)
      if (part.violated > 0) break
    }
  } finally {
    progress.clear()
    interruption.dispose()
  }
  return { n: storm.n, f: storm.f, ...sums, violations, seconds: (performance.now() - startedMs) / 1000 }
}

/** One storm, whole: what it came to, and whether every promise held. */
async function oneStorm(input: StormInput, isJson: boolean): Promise<boolean> {
  const result = await stormProtocol(input)
  if (isJson) process.stdout.write(`${JSON.stringify(result)}\n`)
  else {
    const { violations, strategies, deliveries, endMs, digest } = result
    for (const [id, names] of Object.entries(strategies)) process.stdout.write(`${id} is faulty: ${names.join(', ')}\n`)
    for (const { property, who, atMs, eventIndex, detail } of violations)
      process.stdout.write(
        `violated: ${property} at ${atMs} ms${eventIndex < 0 ? '' : ` (event ${eventIndex})`}, ${who}: ${detail}\n`,
      )
    process.stdout.write(
      `${violations.length === 0 ? 'every promise held; ' : ''}${deliveries} deliveries, ${endMs} virtual ms, digest ${digest}\n`,
    )
  }
  return result.violations.length === 0
}

const totalsTable = (protocol: string, totals: readonly Totals[]) =>
  tableOf<Totals>(
    `Storms of ${protocol}`,
    [
      { title: 'n', align: 'right', text: ({ n }) => String(n) },
      { title: 'f', align: 'right', text: ({ f }) => String(f) },
      { title: 'storms', align: 'right', text: ({ storms }) => String(storms) },
      { title: 'violated', align: 'right', text: ({ violated }) => String(violated) },
      { title: 'deliveries', align: 'right', text: ({ deliveries }) => String(deliveries) },
      { title: 'seconds', align: 'right', text: ({ seconds }) => seconds.toFixed(1) },
    ],
    totals,
  )
