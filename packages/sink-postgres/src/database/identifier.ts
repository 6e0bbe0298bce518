import pg from 'pg'

/** A name as it is written in SQL. */
export function identifier(name: string): string {
  return pg.escapeIdentifier(name)
}
