export { type QdrantOptions, qdrantOptions } from './qdrant-options.ts'
export { qdrantStore } from './qdrant-store.ts'
