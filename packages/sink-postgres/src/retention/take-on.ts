import { ENGINE } from '../database/access.ts'
import type { Database } from '../database/database.ts'

/** Takes a task on, unless somebody did so a while ago. $1 name · $2 milliseconds */
const TAKE_ON = `
  INSERT INTO chores AS c (name, started_at) VALUES ($1, millrace_now())
  ON CONFLICT (name) DO UPDATE SET started_at = excluded.started_at
    WHERE c.started_at <= millrace_now() - $2::float8 * interval '1 millisecond'
  RETURNING name`

/** Whether a task is this process's to do now: of all that ask, one gets it, once in `everyMs`. */
export async function takeOn(db: Database, name: string, everyMs: number): Promise<boolean> {
  return (await db.query(ENGINE, TAKE_ON, [name, everyMs])).length > 0
}
