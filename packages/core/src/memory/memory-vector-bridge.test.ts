import { test } from 'vitest'
import { vectorBridgeConformance } from '../testing/vector-bridge-conformance.ts'
import { memoryLoader } from './memory-loader.ts'
import { memoryVectorBridge } from './memory-vector-bridge.ts'

function beside() {
  const loader = memoryLoader()
  return { loader, bridge: memoryVectorBridge(loader), close: async () => undefined }
}

for (const { name, run } of vectorBridgeConformance(beside)) test(name, run)
