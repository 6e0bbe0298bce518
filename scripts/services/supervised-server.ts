import { type ChildProcess, spawn } from 'node:child_process'
import type { UnprivilegedUser } from './unprivileged-user.ts'

export type ServerCommand = {
  readonly command: readonly [string, ...string[]]
  /** Working directory; removed when the server has ended. */
  readonly folder: string
  /** Whether the folder stays when the server ends although nobody asked it to. @default false */
  readonly keepsFolder?: boolean
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Undefined: whoever runs us. */
  readonly user: UnprivilegedUser | undefined
  /** What makes this server end quickly and cleanly. */
  readonly stopSignal: 'INT' | 'TERM'
}

export type SupervisedServer = {
  /** True until it ended by itself or was stopped. */
  running(): boolean
  /** The end of what it printed. */
  output(): string
  stop(): Promise<void>
  /** Ends it as a power cut would, and leaves its folder as it is: it can be started there again. */
  kill(): Promise<void>
  /** Ends it cleanly by a signal to the server itself, and, where `keepsFolder` says so, leaves its folder as it is. */
  shutdown(serverPid: number): Promise<void>
}

/**
 * Our end of the pipe on descriptor 3 closes when we stop the server and also when we die of anything, kill -9 included; then
 * the server is asked to end, and its folder disappears with it.
 */
const supervise = `
folder=$1; keeps=$2; signal=$3; shift 3
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{ cat <&3 >/dev/null; kill -s "$signal" "$server"; } 2>/dev/null &
watch=$!
wait "$server"
[ -n "$keeps" ] && kill "$watch" 2>/dev/null && exit
kill "$watch" 2>/dev/null
cd / && rm -rf "$folder"
`

const outputLimitChars = 4_000

export function startSupervised(options: ServerCommand): SupervisedServer {
  const { command, folder, keepsFolder = false, environment, user, stopSignal } = options
  const facts = [folder, keepsFolder ? 'keeps' : '', stopSignal]
  const child: ChildProcess = spawn('/bin/sh', ['-c', supervise, 'supervise', ...facts, ...command], {
    cwd: folder,
    env: { ...environment },
    // A group of its own, so that Ctrl-C in the terminal ends the tests first and the server after them.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...user,
  })
  let output = ''
  const collect = (text: string): void => {
    output = (output + text).slice(-outputLimitChars)
  }
  child.stdout?.setEncoding('utf8').on('data', collect)
  child.stderr?.setEncoding('utf8').on('data', collect)
  child.on('error', (error) => collect(error.message))
  child.stdin?.on('error', () => {})
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  /** A daemon that the server left behind may hold the other ends open, which would keep this process alive. */
  const letGo = (): void => {
    child.stdout?.destroy()
    child.stderr?.destroy()
  }
  const running = (): boolean => child.pid !== undefined && child.exitCode === null && child.signalCode === null

  return {
    running,
    output: () => output.trim(),
    async stop() {
      child.stdin?.end()
      await ended
      letGo()
    },
    async kill() {
      if (child.pid !== undefined && running()) process.kill(-child.pid, 'SIGKILL')
      await ended
      letGo()
    },
    async shutdown(serverPid) {
      if (running()) process.kill(serverPid, `SIG${stopSignal}`)
      await ended
      letGo()
    },
  }
}
