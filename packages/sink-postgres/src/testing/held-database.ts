import { MillraceError } from '@millrace/core'
import type { Director, SimulatedProcess, StoreFault } from '@millrace/core/testing'
import type { Access } from '../database/access.ts'
import type { Database, Tx } from '../database/database.ts'

/** The only connection of an embedded database, which one transaction has at a time. */
export interface OnlyConnection {
  readonly taken: boolean
  /** Resolves when the process has the connection; the director decides who of those that wait gets it. */
  take(process: SimulatedProcess): Promise<void>
  release(): void
}

interface Waiting {
  readonly process: SimulatedProcess
  readonly go: () => void
}

export function onlyConnection(director: Director): OnlyConnection {
  const clerk = { name: 'sql', dead: false, suspendedUntil: 0 }
  let waiting: Waiting[] = []
  let taken = false
  let called = false

  const give = (): void => {
    called = false
    waiting = waiting.filter(({ process }) => !process.dead)
    const [first] = waiting
    if (taken || !first) return
    const awake = waiting.filter(({ process }) => process.suspendedUntil <= director.now())
    if (awake.length === 0) {
      call(Math.min(...waiting.map(({ process }) => process.suspendedUntil)))
      return
    }
    const chosen = director.choose(awake)
    waiting = waiting.filter((other) => other !== chosen)
    taken = true
    chosen.go()
  }
  const call = (at: number): void => {
    if (called || taken) return
    called = true
    director.holdUntil(at, clerk, 'gives the connection away', give)
  }

  return {
    get taken() {
      return taken
    },
    take: (process) =>
      new Promise((go) => {
        waiting.push({ process, go })
        call(director.now())
      }),
    release: () => {
      taken = false
      if (waiting.length > 0) call(director.now())
    },
  }
}

export interface HeldOptions {
  readonly process: SimulatedProcess
  readonly director: Director
  readonly connection: OnlyConnection
  /** Whether the connection breaks at the next COMMIT. */
  readonly fault: () => StoreFault | undefined
  /** Changes the text of statements, for breaking them on purpose. @default as they are */
  readonly rewrite?: ((sql: string) => string) | undefined
}

/**
 * A database as a simulated process reaches it: every statement waits for the director, and the process may die before and
 * after each. A transaction in whose middle it dies is rolled back, as the server does when a connection is cut.
 */
export function heldDatabase(real: Database, options: HeldOptions): Database {
  const { process, connection } = options

  const transaction: Database['transaction'] = async (access, work) => {
    await connection.take(process)
    const outcome = await heldTransaction(real, options, access, work).finally(connection.release)
    if (process.dead) return new Promise<never>(() => undefined)
    if ('error' in outcome) throw outcome.error
    return outcome.value
  }

  return {
    kind: real.kind,
    embedded: real.embedded,
    transaction,
    query: (access, text, values) => transaction(access, (tx) => tx.query(text, values ?? [])),
    listen: real.listen,
    connections: real.connections,
    close: async () => undefined,
  }
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown }

async function heldTransaction<T>(
  real: Database,
  { process, director, fault, rewrite = (sql) => sql }: HeldOptions,
  access: Access,
  work: (tx: Tx) => Promise<T>,
): Promise<Outcome<T>> {
  let atWork = director.busy()
  const broken = fault()

  const statement = <Result>(sql: string, run: (text: string) => Promise<Result>): Promise<Result> =>
    process.call({ port: 'sql', method: summaryOf(sql), args: [] }, async () => {
      const done = director.busy()
      return run(rewrite(sql)).finally(done)
    })
  const held = (tx: Tx): Tx => ({
    access: tx.access,
    query: (text, values) => statement(text, (sql) => tx.query(sql, values)),
    execute: (text, values) => statement(text, (sql) => tx.execute(sql, values)),
  })
  const inside = (tx: Tx): Promise<T> =>
    new Promise((resolve, reject) => {
      atWork()
      let decided = false
      const goOn = (how: () => void): void => {
        if (decided) return
        decided = true
        atWork = director.busy()
        how()
      }
      process.onDeath(() => goOn(() => reject(new Error('the process died'))))
      const commit = (value: T): Promise<void> =>
        process.call({ port: 'sql', method: 'COMMIT', args: [] }, async () => {
          goOn(() => (broken === 'before' ? reject(connectionLost()) : resolve(value)))
        })
      work(held(tx)).then(commit, (error: unknown) => goOn(() => reject(error)))
    })

  try {
    const value = await real.transaction(access, inside)
    return broken === 'after' ? { error: connectionLost() } : { value }
  } catch (error) {
    return { error }
  } finally {
    atWork()
  }
}

function connectionLost(): MillraceError {
  return new MillraceError('DATABASE_UNAVAILABLE', {
    message: 'Failed to reach the database: the simulated connection broke during COMMIT. Read again.',
    context: { outcome: 'unknown' },
  })
}

const summaries = new Map<string, string>()

/** The first words of a statement, for the trace. Statements are few, and long. */
function summaryOf(sql: string): string {
  const known = summaries.get(sql)
  if (known !== undefined) return known
  const summary = sql.replace(/\s+/g, ' ').trim().slice(0, 48)
  summaries.set(sql, summary)
  return summary
}
