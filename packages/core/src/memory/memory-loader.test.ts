import { test } from 'vitest'
import { loaderConformance } from '../testing/loader-conformance.ts'
import { memoryLoader } from './memory-loader.ts'

for (const { name, run } of loaderConformance(() => ({ loader: memoryLoader(), close: async () => undefined }))) {
  test(name, run)
}
