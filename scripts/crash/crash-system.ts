import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Database, ENGINE, migrate, openDatabase, type Secrets, secretsFromKey } from '@millrace/sink-postgres'
import type { BreakableServer } from '../services/breakable-server.ts'
import { startBreakablePostgres } from '../services/private-postgres.ts'
import { startBreakableRabbitmq } from '../services/private-rabbitmq.ts'
import type { Fault } from './fault-plan.ts'
import { type Absence, installWitness } from './lease-audit.ts'
import { type MortalProcess, mortalProcess } from './mortal-process.ts'
import { type SimulatedSite, startSimulatedSite } from './simulated-site.ts'

export interface CrashSystemOptions {
  /** Folders of the programs of both servers. */
  readonly postgres: string
  readonly rabbitmq: string
  readonly issues: number
  readonly staleAfterSeconds: number
}

/** Servers and processes that stay for a whole campaign, and what can be done to them. */
export interface CrashSystem extends AsyncDisposable {
  readonly db: Database
  readonly secrets: Secrets
  readonly site: SimulatedSite
  /** Strikes now, and resolves when what was struck is on its way back. Waits for a server that is away already. */
  strike(fault: Fault): Promise<Absence | undefined>
  /** Resolves when everything that was struck works again. */
  recovered(): Promise<void>
  /** How processes ended that nobody killed. */
  ownEnds(): readonly string[]
}

const SCHEDULERS = ['scheduler', 'scheduler']
const WORKERS = ['extract', 'extract', 'transform,embed', 'transform,embed']
/** Slow enough that a run has a middle. */
const LATENCY_MS = 100

const MOST_CATCHES = 50
const PAUSE_BETWEEN_CATCHES_MS = 20

/** Whoever works on something right now. */
const HOLDERS = `
  SELECT DISTINCT w.pid FROM etl_job_queue q JOIN workers w ON w.id = q.worker_id WHERE q.status = 'leased' ORDER BY w.pid`

export async function startCrashSystem(options: CrashSystemOptions): Promise<CrashSystem> {
  await using opened = new AsyncDisposableStack()
  const postgres = opened.adopt(await startBreakablePostgres(options.postgres), (server) => server.stop())
  const rabbitmq = opened.adopt(await startBreakableRabbitmq(options.rabbitmq), (server) => server.stop())
  const site = opened.use(await startSimulatedSite(options.issues, LATENCY_MS))
  const key = randomBytes(32)
  const db = opened.adopt(await openDatabase({ url: postgres.url }), (open) => open.close())
  await migrate(db)
  await installWitness(db)
  const variables = {
    MILLRACE_DATABASE_URL: postgres.url,
    MILLRACE_ALLOW_PRIVATE_NETWORKS: 'true',
    MILLRACE_SECRET_KEYS: `crash:${key.toString('base64')}`,
    MILLRACE_TRANSPORT: 'amqp',
    AMQP_URL: rabbitmq.url,
    MILLRACE_STALE_AFTER: String(options.staleAfterSeconds),
  }
  const started = (roles: string): MortalProcess =>
    opened.adopt(mortalProcess(roles, variables), (process) => process.kill())
  const schedulers = SCHEDULERS.map(started)
  const workers = WORKERS.map(started)
  const processes = [...schedulers, ...workers]
  await Promise.all(processes.map((process) => process.working()))

  /** Past its staleness, and long enough for a sweep by somebody else. */
  const pauseMs = options.staleAfterSeconds * 1_500 + 1_000
  const recoveries = new Set<Promise<void>>()
  const recovering = (recovery: Promise<void>): void => {
    const settled = recovery.finally(() => recoveries.delete(settled))
    // Whoever waits for the recovery is told; until then, nobody listens.
    settled.catch(() => undefined)
    recoveries.add(settled)
  }
  const serversBack = { postgres: Promise.resolve(), rabbitmq: Promise.resolve() }

  const strikeServer = async (
    name: keyof typeof serversBack,
    server: BreakableServer,
    { awayMs }: Fault,
    beforeItIsBack?: () => Promise<void>,
  ): Promise<void> => {
    await serversBack[name]
    await server.kill()
    const back = sleep(awayMs)
      .then(() => beforeItIsBack?.())
      .then(() => server.start())
    serversBack[name] = back
    recovering(back)
  }

  const killOne = async (victim: MortalProcess | undefined, { awayMs }: Fault): Promise<Absence | undefined> => {
    const pid = victim?.pid()
    if (!victim || pid === undefined) return undefined
    const from = new Date()
    await victim.kill()
    recovering(
      sleep(awayMs).then(() => {
        victim.start()
        return victim.working()
      }),
    )
    return { pid, from }
  }
  const pauseOne = async (victim: MortalProcess | undefined): Promise<Absence | undefined> => {
    const pid = victim?.pid()
    if (!victim || pid === undefined) return undefined
    const from = new Date()
    victim.halt()
    await sleep(pauseMs)
    const until = new Date()
    victim.resume()
    return { pid, from, until }
  }
  const holders = async (): Promise<readonly MortalProcess[]> => {
    const pids = (await db.query<{ pid: number }>(ENGINE, HOLDERS)).map(({ pid }) => pid)
    return workers.filter((process) => pids.includes(process.pid() ?? -1))
  }
  /** A worker that stands still while it holds rows: the end of others disturbs little. Any one while nobody can know. */
  const caughtAtWork = async ({ choice }: Fault): Promise<MortalProcess | undefined> => {
    try {
      for (let tries = 0; tries < MOST_CATCHES; tries += 1) {
        const victim = chooseFrom(await holders(), choice)
        victim?.halt()
        if (victim && (await holders()).includes(victim)) return victim
        victim?.resume()
        await sleep(PAUSE_BETWEEN_CATCHES_MS)
      }
    } catch {
      for (const worker of workers) worker.resume()
    }
    return chooseFrom(workers, choice)
  }

  const strike = async (fault: Fault): Promise<Absence | undefined> => {
    switch (fault.kind) {
      case 'worker':
        return killOne(await caughtAtWork(fault), fault)
      case 'pause':
        return pauseOne(await caughtAtWork(fault))
      case 'scheduler':
        return killOne(chooseFrom(schedulers, fault.choice), fault)
      case 'postgres':
        await strikeServer('postgres', postgres, fault)
        return undefined
      case 'broker':
      case 'wipe':
        await strikeServer('rabbitmq', rabbitmq, fault, fault.kind === 'wipe' ? rabbitmq.wipe : undefined)
        return undefined
    }
  }
  const disposal = opened.move()
  return {
    db,
    secrets: secretsFromKey({ id: 'crash', key }),
    site,
    strike,
    recovered: async () => {
      while (recoveries.size > 0) await Promise.all(recoveries)
    },
    ownEnds: () => processes.flatMap((process) => process.ownEnds()),
    [Symbol.asyncDispose]: () => disposal.disposeAsync(),
  }
}

function chooseFrom(candidates: readonly MortalProcess[], choice: number): MortalProcess | undefined {
  const alive = candidates.filter((process) => process.pid() !== undefined)
  return alive[Math.floor(choice * alive.length)]
}
