import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))

/** The program, running as users run it. */
export interface HostProcess {
  readonly child: ChildProcess
  /** What it said on standard output and standard error so far. */
  readonly output: () => string
  readonly errors: () => string
  /** Resolves when standard output matches; with false when the program ended without that. */
  readonly says: (words: string | RegExp) => Promise<boolean>
  /** Its exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>
}

/** Starts the program with these arguments; of the variables that it reads, only the given ones are set. */
export function startHost(argv: readonly string[], variables: { readonly [name: string]: string } = {}): HostProcess {
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(JIRA|GITHUB)_/.test(name)))
  const child = spawn(process.execPath, ['--conditions=@millrace/source', main, ...argv], {
    // The model is tested elsewhere, and takes its time.
    env: { MILLRACE_EMBEDDINGS: 'hash', ...environment, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const heard = { output: '', errors: '' }
  const listeners = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    heard.output += text
    for (const listener of listeners) listener()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    heard.errors += text
  })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const says = (words: string | RegExp): Promise<boolean> =>
    new Promise((resolve) => {
      const isSaid = (): boolean =>
        typeof words === 'string' ? heard.output.includes(words) : words.test(heard.output)
      const listener = (): void => {
        if (!isSaid()) return
        listeners.delete(listener)
        resolve(true)
      }
      listeners.add(listener)
      listener()
      void ended.then(() => resolve(isSaid()))
    })
  return { child, output: () => heard.output, errors: () => heard.errors, says, ended }
}

/** Runs the program to its end. */
export async function runHostProcess(
  argv: readonly string[],
  variables: { readonly [name: string]: string } = {},
): Promise<{ readonly code: number | null; readonly output: string; readonly errors: string }> {
  const host = startHost(argv, variables)
  const code = await host.ended
  return { code, output: host.output(), errors: host.errors() }
}
