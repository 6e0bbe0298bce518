export type { GithubFault, GithubFaultInput, GithubFaults } from './github/faults.ts'
export { MAX_NODES, measureQuery, type QueryMeasure } from './github/graphql/measure-query.ts'
export { githubSchema } from './github/graphql/schema.ts'
export {
  type GithubSimulator,
  type GithubSimulatorOptions,
  startGithubSimulator,
} from './github/start-github-simulator.ts'
export type { GithubCounts, GithubTruth } from './github/truth.ts'
export type { PullRequestEdit } from './github/world/edits.ts'
export type { GithubEvolveReport, GithubEvolveRequest } from './github/world/evolve.ts'
export type {
  CommentFact,
  CommitFact,
  LabelFact,
  Person,
  PullRequestFact as GithubPullRequestFact,
  RepositoryFact,
  ReviewFact,
  Team,
  ThreadFact,
} from './github/world/facts.ts'
export { checksumOf } from './jira/checksum.ts'
export type { Fault, FaultInput, Faults } from './jira/faults.ts'
export { DEFAULT_NOW } from './jira/jira-options.ts'
export { type JiraSimulator, type JiraSimulatorOptions, startJiraSimulator } from './jira/start-jira-simulator.ts'
export type { Exchange, Traffic } from './jira/traffic.ts'
export type { Violation } from './jira/traffic-check.ts'
export type {
  ChangelogFact,
  Counts,
  IssueFact,
  LinkFact,
  ProjectFact,
  PullRequestFact,
  RemarkFact,
  TransitionFact,
  Truth,
  TruthTable,
} from './jira/truth.ts'
export type { Choice, MoveChoice } from './jira/world/choice.ts'
export type { Configuration } from './jira/world/configure.ts'
export type { EvolveReport, EvolveRequest } from './jira/world/evolve.ts'
export type { StrictMode } from './qdrant/collection.ts'
export {
  type QdrantSimulator,
  type QdrantSimulatorOptions,
  startQdrantSimulator,
} from './qdrant/start-qdrant-simulator.ts'
