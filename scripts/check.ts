/** `npm run check`: everything about the repository that can be known without running it. Names what failed, and the remedy. */
import { parts } from './check/parts.ts'
import { runPart } from './check/run-part.ts'

const started = performance.now()
const failed: string[] = []

for (const part of parts) {
  const result = await runPart(part)
  const seconds = (result.durationMs / 1000).toFixed(1)
  if (result.passed) {
    console.log(`✓ ${part.name} (${seconds} s)`)
  } else {
    failed.push(part.name)
    console.log(`✗ ${part.name} (${seconds} s)\n\n${result.output.trim()}\n\n  To fix: ${part.remedy}\n`)
  }
}

const total = ((performance.now() - started) / 1000).toFixed(1)
console.log(failed.length === 0 ? `check passed (${total} s)` : `check failed (${total} s): ${failed.join(', ')}`)
process.exitCode = failed.length === 0 ? 0 : 1
