export { type QdrantOptions, qdrantOptions } from './qdrant-options.ts'
