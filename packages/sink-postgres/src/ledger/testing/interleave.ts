import pg from 'pg'
import type { Database } from '../../database/database.ts'
import { openDatabase } from '../../database/open-database.ts'

/** Somebody with a connection pool of their own, who can be held back before each statement. */
export interface Actor {
  readonly db: Database
  /** Lets `work` run up to its first statement. Errors are kept for `outcome`. */
  begin(work: () => Promise<unknown>): void
  /** What `work` resolved to. */
  outcome(): Promise<unknown>
  /** Lets up to `count` statements pass, and stops early when one waits for another actor's lock. */
  go(count: number): Promise<'more' | 'waits' | 'ended'>
  close(): Promise<void>
}

/**
 * For tests: two of these on one database take turns statement by statement, so that every order of their statements can be
 * tried. As on any server, those that are asked for at once are sent before the ones before them have answered. Whether a statement waits for a lock is asked of the server, so that nothing here depends on time.
 */
export async function openActor(url: string, name: string, now: () => Date): Promise<Actor> {
  const pool = new pg.Pool({ connectionString: url, application_name: name, max: 4, pipeline: true })
  const monitor = new pg.Pool({ connectionString: url, max: 2 })
  /** Statements that are held back, the first come first. */
  const held: (() => void)[] = []
  let running: Promise<unknown> | undefined
  let ended = true
  let somethingHappened = (): void => undefined

  const db = await openDatabase({
    pool,
    now,
    async onStatement() {
      if (ended) return
      await new Promise<void>((resolve) => {
        held.push(resolve)
        somethingHappened()
      })
    },
  })

  /** What happens beside the work, such as a notification, must not be left behind. */
  const letAllPass = (): void => {
    while (held.length > 0) held.shift()?.()
  }

  const isWaiting = async (): Promise<boolean> => {
    const { rows } = await monitor.query(
      `SELECT FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'`,
      [name],
    )
    return rows.length > 0
  }

  /** Until the actor stands before a statement, has ended, or waits for a lock. */
  const settled = async (): Promise<'more' | 'waits' | 'ended'> => {
    for (;;) {
      if (ended) return 'ended'
      if (held.length > 0) return 'more'
      const happened = new Promise<void>((resolve) => {
        somethingHappened = resolve
      })
      await Promise.race([happened, monitor.query('SELECT pg_sleep(0.002)')])
      if (held.length === 0 && !ended && (await isWaiting()) && held.length === 0 && !ended) return 'waits'
    }
  }

  return {
    db,
    begin(work) {
      ended = false
      running = work().finally(() => {
        ended = true
        letAllPass()
        somethingHappened()
      })
      running.catch(() => undefined)
    },
    outcome: async () => running,
    async go(count) {
      let state = await settled()
      for (let passed = 0; passed < count && state === 'more'; passed++) {
        held.shift()?.()
        state = await settled()
      }
      return state
    },
    async close() {
      ended = true
      letAllPass()
      await db.close()
      await pool.end()
      await monitor.end()
    },
  }
}

/**
 * Runs two actors: the first takes `turns[0]` statements, the second `turns[1]`, and so on; then each runs to its end.
 * Whoever waits for a lock passes the turn on.
 */
export async function takeTurns(actors: readonly [Actor, Actor], turns: readonly number[]): Promise<void> {
  const [first, second] = actors
  for (const [index, count] of turns.entries()) await (index % 2 === 0 ? first : second).go(count)
  for (;;) {
    const states = [await first.go(Number.POSITIVE_INFINITY), await second.go(Number.POSITIVE_INFINITY)]
    if (states.every((state) => state === 'ended')) return
  }
}

/**
 * Switches after every single statement, from the first to the second actor and the other way round, and some ways to
 * switch back and forth in the middle.
 */
export function switchPoints(statements: number): readonly (readonly number[])[] {
  const counts = Array.from({ length: statements + 1 }, (_, index) => index)
  const middle = [2, 3, 4, 5]
  return [
    ...counts.map((count) => [count, Number.POSITIVE_INFINITY]),
    ...counts.map((count) => [0, count, Number.POSITIVE_INFINITY]),
    ...middle.flatMap((mine) => middle.map((theirs) => [mine, theirs])),
  ]
}
