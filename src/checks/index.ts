// Checkers that read a history afterwards: what protocols promise, event by event, and storms that put them to the test.
export * from './agreement.js'
export * from './broadcast.js'
export { checkFifo, type OrderPromise } from './fifo.js'
export { type History, type HistoryEvent, type HistoryRecorder, recordHistory, type Violation } from './history.js'
export { type StormsInput, type StormsResult, stormJobsModule } from './jobs.js'
export * from './storm/index.js'
export { type ScenarioStormInput, type ScenarioStormOutcome, stormScenario } from './storm-scenario.js'
export { checkTrace, type TraceChecks } from './trace.js'
