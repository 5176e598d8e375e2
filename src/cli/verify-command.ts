import { availableParallelism } from 'node:os'
import { threads } from '../execute/index.js'
import { verifyRun } from '../report/index.js'
import { jobsModule } from '../scenario/index.js'
import { openProgress } from './progress.js'

/** Replays a saved run; true when every event and the digest are the same. */
export async function verifyCommand(folder: string, { workers }: { readonly workers?: number }): Promise<boolean> {
  const executor = threads({ workers: workers ?? Math.min(4, availableParallelism()), jobsModule })
  const progress = openProgress('verify')
  try {
    const { same, digest, difference, versions } = await verifyRun(folder, { executor, onDay: progress.update })
    progress.clear()
    for (const version of versions) process.stdout.write(`note: ${version}\n`)
    process.stdout.write(same ? `${folder}: the same, digest ${digest}\n` : `${folder}: NOT the same: ${difference}\n`)
    return same
  } finally {
    progress.clear()
    await executor.close()
  }
}
