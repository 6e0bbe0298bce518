import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Where issues come from, and the credentials for it. */
export interface Site {
  readonly url: string
  readonly email: string
  readonly token: string
}

export interface SimulatedSite extends Site, AsyncDisposable {}

/** How large its issues are. */
export interface SiteSize {
  /** Average bytes of an issue; see the simulator's option. */
  readonly issueBytes: number
  /** Whether little happens to an issue. */
  readonly quiet?: boolean
}

/** A Jira site in a process of its own, so that what it costs is not counted as ours. */
export async function simulatedSite(
  options: SiteSize & { readonly issues: number; readonly latencyMs?: number },
): Promise<SimulatedSite> {
  const child = startProcess(import.meta.resolve('@millrace-examples/simulators/main'), [
    '--port=0',
    `--issues=${options.issues}`,
    `--issue-bytes=${options.issueBytes}`,
    `--latency-ms=${options.latencyMs ?? 0}`,
    ...(options.quiet ? ['--quiet'] : []),
  ])
  const greeting = await firstLine(child)
  const [, url, email, token] = /at (\S+)\s+user (\S+)\s+token (\S+)/.exec(greeting) ?? []
  if (!url || !email || !token)
    throw new Error(`The simulator said ${JSON.stringify(greeting)} instead of where it is.`)
  return {
    url,
    email,
    token,
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await once(child, 'exit')
    },
  }
}

/** Starts a program, given by its URL, on the same Node. Its standard input ends when it should. */
export function startProcess(
  program: string,
  args: readonly string[],
  variables: { readonly [name: string]: string } = {},
): ChildProcess {
  return spawn(process.execPath, ['--conditions=@millrace/source', fileURLToPath(program), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...variables },
  })
}

/** The next line that a child prints. */
export async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('The child has no output to read.')
  const lines = createInterface({ input: child.stdout })
  const [line] = (await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`The process ended with code ${code} before it said anything.`)
    }),
  ])) as [string]
  lines.close()
  return line
}
