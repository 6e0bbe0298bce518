import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { dieWithUs } from './die-with-us.ts'

const program = fileURLToPath(new URL('../../examples/simulators/src/main.ts', import.meta.url))

/** A Jira site in a process of its own, which answers the same byte for byte whenever it is asked. */
export interface SimulatedSite extends AsyncDisposable {
  readonly url: string
  readonly username: string
  readonly apiToken: string
}

export async function startSimulatedSite(issues: number, latencyMs: number): Promise<SimulatedSite> {
  const options = ['--frozen', '--port', '0', '--issues', String(issues), '--latency-ms', String(latencyMs)]
  const child = spawn(process.execPath, ['--conditions=@millrace/source', program, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  dieWithUs(child)
  const ended = once(child, 'exit')
  const said = await Promise.race([once(child.stdout, 'data'), ended])
  const [, url, username, apiToken] = /^Jira at (\S+) +user (\S+) +token (\S+)/.exec(String(said[0])) ?? []
  if (!url || !username || !apiToken) throw new Error('Failed to start the simulated site: it did not say where it is.')
  return {
    url,
    username,
    apiToken,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
