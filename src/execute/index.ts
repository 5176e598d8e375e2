// Jobs and the executors that run them: in this thread or in worker threads, always with the same answer.
export { cancelOnInterrupt, type Interruption } from './cancel.js'
export { type Executor, isExecutorError, type JobTable, type MapOptions } from './executor.js'
export { inProcess } from './in-process.js'
export { type ThreadsOptions, threads } from './threads.js'
