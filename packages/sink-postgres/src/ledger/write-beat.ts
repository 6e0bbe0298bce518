import type { WorkerBeat, WorkerOrder } from '@millrace/core'
import { ENGINE } from '../database/access.ts'
import type { Database } from '../database/database.ts'

/**
 * $1 worker · $2 roles · $3 host · $4 pid · $5 version · $6 memory, $7 its peak, in bytes · $8 rows at work · $9 at most
 * · $10 after how many milliseconds of silence it takes others for gone
 */
const BEAT = `
  INSERT INTO workers (id, roles, host, pid, version, rss_bytes, peak_rss_bytes, at_work, capacity, stale_after_ms)
  VALUES ($1, $2::text[], $3, $4, $5, $6, $7, $8, $9, $10)
  ON CONFLICT (id) DO UPDATE SET roles = excluded.roles, host = excluded.host, pid = excluded.pid,
    version = excluded.version, rss_bytes = excluded.rss_bytes, peak_rss_bytes = excluded.peak_rss_bytes,
    at_work = excluded.at_work, capacity = excluded.capacity, stale_after_ms = excluded.stale_after_ms,
    last_seen_at = millrace_now()
  RETURNING desired`

/** Says that a worker lives, and how it is doing; answers what people want of it. */
export async function writeBeat(db: Database, beat: WorkerBeat): Promise<WorkerOrder> {
  const { workerId, roles, host, pid, version, rssBytes, peakRssBytes, atWork, capacity, staleAfterMs } = beat
  const values = [workerId, roles, host, pid, version, rssBytes, peakRssBytes, atWork, capacity, staleAfterMs]
  const [row] = await db.query<{ desired: WorkerOrder }>(ENGINE, BEAT, values)
  return row?.desired ?? 'work'
}
