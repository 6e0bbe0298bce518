export { type Advance, advance, isClosed, isSettled } from './completion/advance.ts'
export { isHopeless } from './completion/hopeless.ts'
export { type JobStatus, jobStatus, type Overall } from './completion/job-status.ts'
export {
  type GraphStep,
  type JobType,
  type RunGraph,
  STAGE_OF_JOB_TYPE,
  STAGES,
  type Stage,
  type StageCounters,
  type StageState,
} from './completion/run-graph.ts'
export type { Change, UntypedRow } from './contracts/change.ts'
export { type CheckResult, type Connector, type ConnectorSpec, defineConnector } from './contracts/connector.ts'
export type { Context, Lookup, RunOptions, StoredRow, Window } from './contracts/context.ts'
export type { ChunkSize, EmbedSpec } from './contracts/embed-spec.ts'
export {
  type AnyEntity,
  defineEntity,
  type Entity,
  type EntitySpec,
  RESERVED_COLUMNS,
  type RowOf,
} from './contracts/entity.ts'
export type { Json } from './contracts/json.ts'
export { runGraph } from './contracts/run-graph-of.ts'
export type { AnyStep, DefineStep, Page, RawBody, RawRecord, Spawn, Step, StepSpec } from './contracts/step.ts'
export { hashEmbeddings } from './embedding/hash-embeddings.ts'
export {
  type OpenAiEmbeddingsOptions,
  openAiEmbeddings,
  openAiEmbeddingsOptions,
} from './embedding/openai-embeddings.ts'
export type { EngineLimits, Vectorizer } from './engine/engine.ts'
export type { RunEvent, RunSummary } from './engine/run-events.ts'
export {
  createRuntime,
  ROLES,
  type Role,
  type Runtime,
  type RuntimeOptions,
  type StartOptions,
} from './engine/runtime.ts'
export { type ErrorCode, errorTable } from './errors/error-table.ts'
export { isMillraceError, MillraceError, type MillraceErrorOptions } from './errors/millrace-error.ts'
export { createFetch } from './http/create-fetch.ts'
export type { FetchOptions, PolicedFetch, PolicedInit, RequestFacts, ResponseFacts } from './http/fetch-options.ts'
export { createProviderBudget, type ProviderBudget } from './http/provider-budget.ts'
export { bytesOf, readBytes } from './http/received-response.ts'
export { retryHintMs } from './http/retry-hint.ts'
export { canonicalJson } from './ids/canonical-json.ts'
export { entityId, uuidV5 } from './ids/entity-id.ts'
export type {
  ChangedRows,
  EntityLoad,
  LoadBatch,
  LoadDelete,
  LoadReplace,
  LoadRow,
  LoadScope,
  SourceVersion,
} from './load/load-batch.ts'
export { type PrepareOptions, prepareLoad } from './load/prepare-load.ts'
export { storedColumn } from './load/stored-columns.ts'
export { silentLogger } from './logging/silent-logger.ts'
export { memoryJobStore } from './memory/memory-job-store.ts'
export { type MemoryLedgerOptions, memoryLedger } from './memory/memory-ledger.ts'
export { type MemoryLoader, memoryLoader } from './memory/memory-loader.ts'
export { memoryVectorBridge } from './memory/memory-vector-bridge.ts'
export { memoryVectorStore, stillServing } from './memory/memory-vector-store.ts'
export { type Message, type NamedRow, type ParsedMessage, parseMessage } from './messages/parse-message.ts'
export { queueName, TIERS, type Tier } from './messages/queue-names.ts'
export { type MessageFacts, type RowFacts, toMessage } from './messages/to-message.ts'
export type { Clock } from './ports/clock.ts'
export type { EmbeddingProvider } from './ports/embedding-provider.ts'
export type { Integration, Job, JobStore } from './ports/job-store.ts'
export type {
  ClaimRequest,
  Commit,
  DeadRow,
  EffectResult,
  FailureRecord,
  Lease,
  Ledger,
  LedgerChange,
  NewRaw,
  NewRow,
  RowOutcome,
  RunMode,
  RunRef,
  RunSnapshot,
  RunState,
  RunTotals,
  StartRun,
  StoredRaw,
  SweepReport,
  SweepRequest,
  WorkerBeat,
} from './ports/ledger.ts'
export type { Loader, ReadRow } from './ports/loader.ts'
export type { Logger } from './ports/logger.ts'
export type { Random } from './ports/random.ts'
export type { Delivery, Subscription, Transport } from './ports/transport.ts'
export type { BridgeRow, BridgeScope, VectorBridge } from './ports/vector-bridge.ts'
export {
  FILTER_FIELDS,
  type FilterField,
  type OneOf,
  type TimeRange,
  type VectorFilter,
} from './ports/vector-filter.ts'
export type {
  ListedPoint,
  PayloadPatch,
  SparseVector,
  VectorCollection,
  VectorMatch,
  VectorPayload,
  VectorPoint,
  VectorQuery,
  VectorStore,
} from './ports/vector-store.ts'
export { type RunJob, run, runToEnd } from './run.ts'
export { type BatchOptions, batchBySizeAndTime } from './streams/batch-by-size-and-time.ts'
export { clockScheduler } from './streams/clock-scheduler.ts'
export { type PollOptions, pollWithWakeups } from './streams/poll-with-wakeups.ts'
export { type PulledPage, type PullOptions, pullPages } from './streams/pull-pages.ts'
export { systemClock } from './system/system-clock.ts'
export { systemRandom } from './system/system-random.ts'
export { type LedgerTransportOptions, ledgerTransport } from './transport/ledger-transport.ts'
export {
  type BuildEstimate,
  type BuildProgress,
  type BuildRequest,
  buildVectors,
  estimateBuild,
  type ServeRequest,
  serveVectors,
} from './vectors/build-vectors.ts'
export { chunkText } from './vectors/chunk-text.ts'
export { profileOf } from './vectors/documents.ts'
export { byScore, FUSION_K, fuseRanks, fusionDepth } from './vectors/fuse-ranks.ts'
export { conditionsOf, type FieldCondition } from './vectors/match-filter.ts'
export {
  type ReconcileReport,
  type ReconcileRequest,
  type ReconcileSource,
  reconcileVectors,
} from './vectors/reconcile-vectors.ts'
export {
  type SearchHit,
  type SearchMode,
  type SearchRequest,
  type SearchResult,
  type SearchTools,
  search,
} from './vectors/search-vectors.ts'
export type { VectorTools } from './vectors/sync-documents.ts'
