export { BUDGET_OF_JOB_TYPE } from './budget/budget-of-job-type.ts'
export { drawPoints } from './budget/draw-points.ts'
export { type Advance, advance, isClosed, isSettled } from './completion/advance.ts'
export { isHopeless } from './completion/hopeless.ts'
export { type JobStatus, jobStatus, type Overall } from './completion/job-status.ts'
export { LOST_PLACE } from './completion/lost-place.ts'
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
export {
  type CheckRequest,
  type CheckResult,
  type Connector,
  type ConnectorSpec,
  defineConnector,
} from './contracts/connector.ts'
export type { Context, Lookup, RowFilter, RunOptions, StoredRow, Warning, Window } from './contracts/context.ts'
export type { ChunkSize, EmbedSpec } from './contracts/embed-spec.ts'
export {
  type AnyEntity,
  defineEntity,
  type EditedSpec,
  type Entity,
  type EntitySpec,
  RESERVED_COLUMNS,
  type RowOf,
} from './contracts/entity.ts'
export type { Json } from './contracts/json.ts'
export type { NameResolution } from './contracts/name-resolution.ts'
export { type RunSelection, runGraph } from './contracts/run-graph-of.ts'
export type { AnyStep, DefineStep, Page, RawBody, RawRecord, Spawn, Step, StepSpec } from './contracts/step.ts'
export type { SharedEmbeddingBudget } from './embedding/embedding-meter.ts'
export {
  type EmbeddingSettings,
  embeddingSettings,
  parseEmbeddingSettings,
} from './embedding/embedding-settings.ts'
export { hashEmbeddings } from './embedding/hash-embeddings.ts'
export { type OpenEmbeddingsOptions, openEmbeddings } from './embedding/open-embeddings.ts'
export {
  type OpenAiEmbeddingsOptions,
  type OpenAiEmbeddingsTools,
  openAiEmbeddings,
  openAiEmbeddingsOptions,
} from './embedding/openai-embeddings.ts'
export { type CheckConnectionOptions, checkConnection } from './engine/check-connection.ts'
export type { AccountName, EngineLimits, Vectorizer } from './engine/engine.ts'
export type { Chore } from './engine/maintenance.ts'
export { withItems } from './engine/record-items.ts'
export type { RunEvent, RunSummary } from './engine/run-events.ts'
export {
  createRuntime,
  ROLES,
  type Role,
  type Runtime,
  type RuntimeOptions,
  type StartOptions,
  type StopOptions,
} from './engine/runtime.ts'
export { type ErrorCode, errorTable } from './errors/error-table.ts'
export { isMillraceError, MillraceError, type MillraceErrorOptions } from './errors/millrace-error.ts'
export { createFetch } from './http/create-fetch.ts'
export type { FetchOptions, PolicedFetch, PolicedInit, RequestFacts, ResponseFacts } from './http/fetch-options.ts'
export { allowedUrl, type UrlRules } from './http/http-url.ts'
export { jsonOf } from './http/json-of.ts'
export { createProviderBudget, type ProviderBudget } from './http/provider-budget.ts'
export { bytesOf, readBytes } from './http/received-response.ts'
export { retryHintMs } from './http/retry-hint.ts'
export { canonicalJson } from './ids/canonical-json.ts'
export { entityId, uuidV5 } from './ids/entity-id.ts'
export { cascadeRemovals, type RemovedRow } from './load/cascade-removals.ts'
export { type CensusCount, guardCensus } from './load/guard-census.ts'
export type {
  ChangedRows,
  EntityLoad,
  LoadBatch,
  LoadCensus,
  LoadDelete,
  LoadReplace,
  LoadRow,
  LoadScope,
  SourceVersion,
} from './load/load-batch.ts'
export { type PrepareOptions, prepareLoad } from './load/prepare-load.ts'
export type { StorageType } from './load/storage-type.ts'
export { type StoredColumn, storedColumn, storedColumns } from './load/stored-columns.ts'
export { silentLogger } from './logging/silent-logger.ts'
export { type MemoryBroker, type MemoryBrokerOptions, memoryBroker } from './memory/memory-broker.ts'
export { type MemoryBudget, memoryBudget } from './memory/memory-budget.ts'
export { type JobRuns, type MemoryJobStore, memoryJobStore } from './memory/memory-job-store.ts'
export { type MemoryLedger, type MemoryLedgerOptions, memoryLedger } from './memory/memory-ledger.ts'
export { type MemoryLoader, memoryLoader } from './memory/memory-loader.ts'
export { memoryVectorBridge } from './memory/memory-vector-bridge.ts'
export { memoryVectorStore, stillServing } from './memory/memory-vector-store.ts'
export { FAILED_QUEUE, type FailedMessage, failedMessageSchema } from './messages/failed-message.ts'
export { messageOfRow } from './messages/message-of-row.ts'
export type { JobMessage } from './messages/message-schemas.ts'
export { type Message, type NamedRow, type ParsedMessage, parseMessage } from './messages/parse-message.ts'
export {
  CUSTOM_FIELDS_QUEUE,
  JOBS_QUEUE,
  outboxQueueName,
  queueName,
  queuesOf,
  TIERS,
  type Tier,
} from './messages/queue-names.ts'
export { type MessageFacts, type RowFacts, toMessage } from './messages/to-message.ts'
export { DEFAULT_MAX_PENDING_RAW } from './outbox/max-pending-raw.ts'
export { FIRST_TURN, inTurn, type Lane, nextTurnAfter, shareOf, type Turn } from './outbox/take-turns.ts'
export { type NamedFacts, whyUnclaimable } from './outbox/why-unclaimable.ts'
export type { Arrival, Broker, ConsumeOptions, OutgoingMessage, PublishReport, QueueDepth } from './ports/broker.ts'
export type { Budget, BudgetName, BudgetScope, BudgetState, DrawRequest, Quota } from './ports/budget.ts'
export type { Clock } from './ports/clock.ts'
export type { EmbeddingProvider } from './ports/embedding-provider.ts'
export type { ClaimDue, DueJob, Integration, Job, JobStore, Skip } from './ports/job-store.ts'
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
  RawPage,
  RefusalReason,
  RowOutcome,
  RunName,
  RunRef,
  RunSnapshot,
  RunState,
  RunTotals,
  RunWarning,
  StartRun,
  StoredRaw,
  SweepReport,
  SweepRequest,
  WorkerBeat,
  WorkerOrder,
} from './ports/ledger.ts'
export { WARNINGS_KEPT } from './ports/ledger.ts'
export type { Loader, ReadRow } from './ports/loader.ts'
export type { Logger } from './ports/logger.ts'
export type {
  DeadLetter,
  Outbox,
  OutboxQueue,
  OutboxRow,
  QueueBacklog,
  RetakeRequest,
  Taken,
  TakeRequest,
  Unclaimable,
} from './ports/outbox.ts'
export type { Random } from './ports/random.ts'
export { RUN_MODES, type RunMode } from './ports/run-mode.ts'
export type {
  CounterName,
  HistogramName,
  Span,
  SpanName,
  Telemetry,
  TelemetryAttributes,
} from './ports/telemetry.ts'
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
export { type JobSchedule, nextRunAt } from './schedule/next-run-at.ts'
export { type ScheduleRound, type SchedulerOptions, scheduler } from './schedule/scheduler.ts'
export { type BatchOptions, batchBySizeAndTime } from './streams/batch-by-size-and-time.ts'
export { clockScheduler } from './streams/clock-scheduler.ts'
export { type PollOptions, pollWithWakeups } from './streams/poll-with-wakeups.ts'
export { type PulledPage, type PullOptions, pullPages } from './streams/pull-pages.ts'
export { systemClock } from './system/system-clock.ts'
export { systemRandom } from './system/system-random.ts'
export { COUNTERS, HISTOGRAMS, SPANS } from './telemetry/instruments.ts'
export { silentTelemetry } from './telemetry/silent-telemetry.ts'
export { type BrokerTransportOptions, brokerTransport } from './transport/broker-transport.ts'
export { type LedgerTransportOptions, ledgerTransport } from './transport/ledger-transport.ts'
export { type QueueHealth, queueHealth } from './transport/queue-health.ts'
export type { ExternalRequest } from './transport/receive-message.ts'
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
export { VERSION } from './version.ts'
