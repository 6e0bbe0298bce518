import { join } from 'node:path'
import { silentLogger } from '@millrace/core'
import { compose, type System } from '../../compose.ts'
import { readOptions } from '../../options.ts'
import { serveDemo } from '../../serve-demo.ts'
import { scratchFolder } from '../../testing/scratch-folder.ts'
import { CONTENT, controlsOf, type RealHost, switchOff } from './real-host.ts'

/** What `npm start` runs: one process, with the embedded database, and vectors beside the rows. */
export async function embeddedHost(): Promise<RealHost> {
  await using opened = new AsyncDisposableStack()
  const folder = opened.use(await scratchFolder())
  const said: string[] = []
  let system: System | undefined
  let served: AsyncDisposable | undefined
  let port = 0

  const current = (): System => {
    if (!system) throw new Error('Failed to reach the host: it is stopped.')
    return system
  }
  const start = async (): Promise<void> => {
    const commandLine = { dataDir: join(folder.path, 'data'), httpPort: port, ...CONTENT }
    const options = readOptions(commandLine, { MILLRACE_EMBEDDINGS: 'hash' })
    system = await compose(options, { log: silentLogger, say: (line) => said.push(line) })
    if (port === 0) await switchOff(system.db, system.jobs)
    served = await serveDemo(system, options, (line) => said.push(line))
    await system.runtime.start()
    await system.scheduler.start()
    port = Number(new URL(hear(/Serving (\S+) /)).port)
  }
  const stop = async (): Promise<void> => {
    await served?.[Symbol.asyncDispose]()
    await system?.[Symbol.asyncDispose]()
    served = undefined
    system = undefined
  }
  const hear = (words: RegExp): string => {
    const [, heard] = words.exec(said.join('\n')) ?? []
    if (heard === undefined) throw new Error(`Failed to hear ${words}: the host said ${said.join(' ')}`)
    return heard
  }

  opened.defer(stop)
  await start()
  const [{ tenantId } = { tenantId: 0 }] = current().jobs
  const disposal = opened.move()
  return {
    url: `http://127.0.0.1:${port}`,
    sharesWorkers: true,
    login: { email: hear(/Log in as (\S+) /), password: hear(/with the password (\S+),/) },
    ...controlsOf({
      db: () => current().db,
      tenantId: () => tenantId,
      trackerUrl: () => current().sources[0]?.baseUrl ?? '',
    }),
    stop,
    start,
    async superviseRestart() {
      await current().runtime.restartRequested
      await stop()
      await start()
    },
    [Symbol.asyncDispose]: () => disposal.disposeAsync(),
  }
}
