import type { CheckPart } from './parts.ts'
import { runCommand } from './run-command.ts'

export type PartResult = {
  readonly passed: boolean
  readonly output: string
  readonly durationMs: number
}

export async function runPart(part: CheckPart): Promise<PartResult> {
  const started = performance.now()
  const { passed, output } = 'command' in part ? await runCommand(part.command) : await runFunction(part.run)
  return { passed, output, durationMs: performance.now() - started }
}

async function runFunction(run: () => Promise<void>): Promise<{ passed: boolean; output: string }> {
  try {
    await run()
    return { passed: true, output: '' }
  } catch (error) {
    return { passed: false, output: error instanceof Error ? error.message : String(error) }
  }
}
