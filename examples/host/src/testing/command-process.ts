import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url))

/** What a command said, and how it ended. */
export interface CommandResult {
  readonly code: number | null
  readonly output: Buffer
  readonly errors: string
}

/** Runs the command line as a process of its own; of the variables that it reads, only the given ones are set. */
export async function runCommandProcess(
  argv: readonly string[],
  variables: { readonly [name: string]: string } = {},
): Promise<CommandResult> {
  const { DATABASE_URL: _url, ...environment } = process.env
  const child = spawn(process.execPath, ['--conditions=@millrace/source', main, ...argv], {
    // The model is tested elsewhere, and takes its time.
    env: { MILLRACE_EMBEDDINGS: 'hash', ...environment, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output: Buffer[] = []
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const [code] = await once(child, 'close')
  return { code, output: Buffer.concat(output), errors }
}
