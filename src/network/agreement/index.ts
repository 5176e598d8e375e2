// Agreement without a coordinator: reliable broadcast, synchronous and asynchronous approximate agreement, W-MSR on graphs.
export { type AsynchronousState, asynchronousAgreement } from './asynchronous.js'
export type { AgreementBody, Value } from './body.js'
export type { AsynchronousPlan, BroadcastPlan, GroupPlan, SynchronousPlan, Thresholds, WMsrPlan } from './plan.js'
export type { Reduction } from './reduce.js'
export { type BroadcastState, reliableBroadcast } from './reliable-broadcast.js'
export { isRobust, robustness } from './robustness.js'
export { type SynchronousState, synchronousAgreement } from './synchronous.js'
export { type WMsrState, wMsr } from './w-msr.js'
