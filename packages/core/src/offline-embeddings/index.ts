export {
  hasOfflineModel,
  type OfflineEmbeddings,
  type OfflineEmbeddingsOptions,
  offlineEmbeddings,
} from './offline-embeddings.ts'
