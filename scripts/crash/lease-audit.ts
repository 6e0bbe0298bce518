import { type Database, OWNER } from '@millrace/sink-postgres'

/**
 * A witness in the database: every change of a row's lease and every commit of a worker, in the transaction that makes it. So
 * what the workers say of themselves need not be believed.
 */
const WITNESS = [
  `CREATE TABLE crash_audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    queue_id bigint NOT NULL,
    old_status text NOT NULL, status text NOT NULL,
    old_worker text, worker text,
    old_token bigint NOT NULL, token bigint NOT NULL,
    committed_token bigint
  )`,
  'CREATE INDEX ON crash_audit (queue_id, id)',
  // The roles that work know nothing of this table, so the owner writes it.
  `CREATE FUNCTION crash_witness() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
    INSERT INTO crash_audit (queue_id, old_status, status, old_worker, worker, old_token, token, committed_token)
    VALUES (OLD.id, OLD.status, NEW.status, OLD.worker_id, NEW.worker_id, OLD.lease_token, NEW.lease_token,
      CASE WHEN (OLD.committed_token, OLD.committed_seq) IS DISTINCT FROM (NEW.committed_token, NEW.committed_seq)
        THEN NEW.committed_token END);
    RETURN NULL;
  END $$`,
  `CREATE TRIGGER crash_witness AFTER UPDATE ON etl_job_queue FOR EACH ROW
    WHEN ((OLD.status, OLD.lease_token, OLD.worker_id, OLD.committed_token, OLD.committed_seq)
      IS DISTINCT FROM (NEW.status, NEW.lease_token, NEW.worker_id, NEW.committed_token, NEW.committed_seq))
    EXECUTE FUNCTION crash_witness()`,
]

/** Commits under a lease that somebody else had by then. */
const STALE_COMMITS = `
  SELECT count(*) AS count FROM crash_audit
   WHERE committed_token IS NOT NULL AND (old_status <> 'leased' OR committed_token <> old_token)`

/** The worker that this process was. $1 pid · $2 when it was killed */
const WORKER_OF = `
  SELECT id FROM workers WHERE pid = $1 AND last_seen_at <= $2::timestamptz + interval '1 second'
   ORDER BY last_seen_at DESC LIMIT 1`

/**
 * From the death of a worker to the lease of each row that it held by another one; what it committed before it died is not
 * counted. $1 worker · $2 when it died
 */
const TAKE_OVERS = `
  WITH held AS (
    SELECT DISTINCT ON (queue_id) id, at, queue_id, token FROM crash_audit
     WHERE worker = $1 AND status = 'leased' ORDER BY queue_id, id DESC
  )
  SELECT extract(epoch FROM next.at - greatest(held.at, $2::timestamptz))::float8 * 1000 AS ms
    FROM held CROSS JOIN LATERAL (
      SELECT a.id, a.at FROM crash_audit a
       WHERE a.queue_id = held.queue_id AND a.id > held.id AND a.status = 'leased' AND a.worker <> $1
       ORDER BY a.id LIMIT 1
    ) next
   WHERE next.at > $2 AND NOT EXISTS (
     SELECT FROM crash_audit c
      WHERE c.queue_id = held.queue_id AND c.id > held.id AND c.id < next.id AND c.committed_token = held.token)`

/** Rows that a worker lost while it stood still. $1 worker · $2 from · $3 until */
const LOST_WHILE_PAUSED = `
  SELECT count(*) AS count FROM crash_audit
   WHERE old_worker = $1 AND old_status = 'leased' AND status = 'pending' AND token > old_token AND at BETWEEN $2 AND $3`

/** A process that stopped to work, for ever or for a while. */
export interface Absence {
  readonly pid: number
  readonly from: Date
  /** Undefined: it was killed. */
  readonly until?: Date
}

export async function installWitness(db: Database): Promise<void> {
  for (const statement of WITNESS) await db.query(OWNER, statement)
}

export async function countStaleCommits(db: Database): Promise<number> {
  return countOf(await db.query<{ count: number }>(OWNER, STALE_COMMITS))
}

/** How long each row waited that this process held when it died, in milliseconds. */
export async function takeOversAfter(db: Database, { pid, from }: Absence): Promise<readonly number[]> {
  const [worker] = await db.query<{ id: string }>(OWNER, WORKER_OF, [pid, from])
  if (!worker) return []
  return (await db.query<{ ms: number }>(OWNER, TAKE_OVERS, [worker.id, from])).map(({ ms }) => ms)
}

export async function rowsLostDuring(db: Database, { pid, from, until = new Date() }: Absence): Promise<number> {
  const [worker] = await db.query<{ id: string }>(OWNER, WORKER_OF, [pid, until])
  return worker ? countOf(await db.query<{ count: number }>(OWNER, LOST_WHILE_PAUSED, [worker.id, from, until])) : 0
}

function countOf([row]: readonly { readonly count: number }[]): number {
  return Number(row?.count ?? 0)
}
