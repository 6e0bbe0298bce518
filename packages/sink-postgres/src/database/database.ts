import type { Access } from './access.ts'

/**
 * One open transaction. Unusable once it ended. Statements run one after the other in the order in which they are asked for,
 * each with a snapshot of its own; those that need no answer of each other are best asked for at once, and take one round
 * trip together.
 */
export interface Tx {
  readonly access: Access
  /**
   * Runs a statement and gives its rows. Without values it may hold several statements; the last one's rows are given.
   * int8 comes back as a number, timestamptz as a Date, json as parsed, numeric as text.
   */
  query<Row extends object = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>
  /** Runs a statement and gives the number of rows that it touched. */
  execute(text: string, values?: readonly unknown[]): Promise<number>
}

/**
 * PostgreSQL, on a server or embedded. The embedded one has a single connection, and therefore everybody keeps these
 * rules: no session state, named statements or session advisory locks, and inside a transaction nothing is awaited but
 * that transaction.
 */
export interface Database {
  readonly kind: 'postgres'
  /** Whether this process is the only one that can open the database. */
  readonly embedded: boolean
  /**
   * Runs `work` in a transaction that is committed when it resolves and rolled back when it rejects. A deadlock or a
   * serialization failure (40P01, 40001) runs it again, so `work` must not have effects outside of the transaction.
   *
   * @throws DATABASE_CONFLICT when that was of no use six times
   * @throws DATABASE_UNAVAILABLE when the connection cannot be had or is lost; `context.outcome` is 'unknown' when that
   *   happened during COMMIT: read the row again before doing anything else
   * @throws INTERNAL when called inside of another transaction of this database, where an embedded database would wait
   *   for itself for ever
   */
  transaction<T>(access: Access, work: (tx: Tx) => Promise<T>): Promise<T>
  /** A transaction of one statement. */
  query<Row extends object = Record<string, unknown>>(
    access: Access,
    text: string,
    values?: readonly unknown[],
  ): Promise<Row[]>
  /**
   * Calls back for each NOTIFY on the channel, and with '' after a connection that was lost is back, since something may
   * have been missed. A hint, never a guarantee: callers coalesce it and also poll.
   *
   * @param channel a lower-case identifier
   * @returns stops listening
   */
  listen(channel: string, onNotify: (payload: string) => void): Promise<() => Promise<void>>
  /** How its connections are doing, the one that listens left out. */
  connections(): ConnectionFacts
  /** Waits for open transactions, then closes what this database opened itself. */
  close(): Promise<void>
}

export interface ConnectionFacts {
  readonly open: number
  readonly idle: number
  /** Transactions that wait for a connection: more than a few for long means that there are too few of them. */
  readonly waiting: number
}
