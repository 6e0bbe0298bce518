import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ServerCommand, type SupervisedServer, startSupervised } from './supervised-server.ts'
import { waitUntilReady } from './wait-until-ready.ts'

/** A private server whose power tests cut. It keeps its address, and what it stored, over any number of lives. */
export interface BreakableServer {
  readonly url: string
  /** Ends it at once, as kill -9 does. */
  kill(): Promise<void>
  /** Ends it as an operator does: it tells its clients first. */
  shutdown(): Promise<void>
  /** Starts it where it was ended; resolves when it answers. */
  start(): Promise<void>
  /** Ends it for good, and removes its folder. */
  stop(): Promise<void>
}

export interface BreakableOptions {
  readonly name: string
  readonly command: ServerCommand
  readonly url: string
  readonly isReady: () => Promise<boolean>
  /** The server's own process, behind those that watch over it. */
  readonly readPid: () => Promise<number>
}

/** What a dead server leaves behind for a moment, such as shared memory, makes the next one end at once. */
const STARTS = 20

/** Starts a server that can be ended and started again. */
export async function breakableServer(options: BreakableOptions): Promise<BreakableServer> {
  const { name, command, url, isReady, readPid } = options
  let server: SupervisedServer | undefined
  const start = async (): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      const started = startSupervised({ ...command, keepsFolder: true })
      try {
        // A start that took too long is tried again where it was, so it must not take its folder along.
        await waitUntilReady(name, { ...started, stop: started.kill }, isReady)
        server = started
        return
      } catch (error) {
        if (attempt >= STARTS) throw error
        await sleep(250)
      }
    }
  }
  await start()
  return {
    url,
    start,
    kill: async () => server?.kill(),
    shutdown: async () => server?.shutdown(await readPid()),
    stop: async () => {
      if (server?.running()) await server.stop()
      await rm(command.folder, { recursive: true, force: true })
    },
  }
}
