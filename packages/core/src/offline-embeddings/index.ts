export { type OfflineEmbeddings, type OfflineEmbeddingsOptions, offlineEmbeddings } from './offline-embeddings.ts'
