export { type BudgetFixture, budgetConformance } from './budget-conformance.ts'
export type { ConformanceCase } from './conformance-case.ts'
export { embeddingProviderConformance } from './embedding-provider-conformance.ts'
export { type Fate, type Incarnation, incarnation } from './incarnation.ts'
export { type JobStoreFixture, jobStoreConformance } from './job-store-conformance.ts'
export { type LedgerFixture, ledgerConformance } from './ledger-conformance.ts'
export { type LoaderFixture, loaderConformance } from './loader-conformance.ts'
export { type OutboxFixture, outboxConformance } from './outbox-conformance.ts'
export { type RunStepOptions, type RunStepPage, type RunStepResult, runStep } from './run-step.ts'
export { seededRandom } from './seeded-random.ts'
export type { Director } from './simulation/director.ts'
export {
  type Invariant,
  type RestingWorld,
  type SimulationOptions,
  type SimulationResult,
  simulateSeed,
} from './simulation/simulate-seed.ts'
export type { SimulatedProcess } from './simulation/simulated-process.ts'
export {
  accountsOf,
  memoryStores,
  type OpenStores,
  type SimulatedAccount,
  type SimulatedStores,
  type StoreFault,
  type StorePorts,
  type StoresSetup,
} from './simulation/simulated-stores.ts'
export type { Sabotage, SimulatedPorts } from './simulation/simulated-world.ts'
export type { SourceBoard, SourceCard, SourceNote, TrackerSource } from './simulation/tracker/tracker-source.ts'
export { Violation } from './simulation/violation.ts'
export { type VectorBridgeFixture, vectorBridgeConformance } from './vector-bridge-conformance.ts'
export { vectorStoreConformance } from './vector-store-conformance.ts'
export { type VirtualClock, virtualClock } from './virtual-clock.ts'
export { workerBeat } from './worker-beat.ts'
