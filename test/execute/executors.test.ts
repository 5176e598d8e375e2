import { join } from 'node:path'
import { inProcess, threads } from '../../src/execute/index.js'
import { executorLaws } from '../laws/executor-laws.js'
import { jobs } from './test-jobs.js'

const jobsModule = join(__dirname, 'test-jobs.ts')

executorLaws('inProcess', () => inProcess(jobs))
executorLaws('threads with 1 worker', () => threads({ workers: 1, jobsModule }))
executorLaws('threads with 2 workers', () => threads({ workers: 2, jobsModule }))
