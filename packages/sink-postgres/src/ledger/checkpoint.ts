/** Units in a checkpoint, and in each of its queues; it is for people. */
const SHOWN_UNITS = 20

/** The unit's own key, where the row's has the window in it. */
const UNIT = `
  CASE WHEN payload ?| '{spawned,apart}' THEN regexp_replace(unit_key, ' [^ ]+/[^ ]+Z$', '') ELSE unit_key END`

/** Units of the job that are not read to their end: first those that were begun. */
const UNFINISHED = `
  SELECT id, step, ${UNIT} AS unit_key, nullif(cursor, 'null') AS cursor, error_details -> 'context' AS stopped_at,
      CASE jsonb_typeof(payload -> 'unit') WHEN 'object' THEN payload -> 'unit' END AS fields,
      row_number() OVER (PARTITION BY step ORDER BY nullif(cursor, 'null') IS NULL, id) AS place
    FROM etl_job_queue WHERE job_id = $1 AND status IN ('dead', 'cancelled') AND job_type = 'extract'`

/**
 * A job's checkpoint, for people: where each step's units are, and which are left unread, each with what it is (`fields`), the
 * cursor after its last page, and where its last failure stopped. Fields, cursors and queues have the names that the connector
 * gave them. It replaces what stood there, unless no unit was ever read to its end.
 *
 * $1 job · $5 the queue's name and the step whose units are in it, as an object
 */
export const CHECKPOINT = `(
  WITH unfinished AS (${UNFINISHED}),
  windows AS (
    SELECT jsonb_build_object('last_sync_date', to_char(min(oldest) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'steps', jsonb_object_agg(step, jsonb_build_object('units', units,
          'oldest', to_char(oldest AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
          'newest', to_char(newest AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))) AS document
      FROM (SELECT step, count(*) AS units, min(until) AS oldest, max(until) AS newest
              FROM unit_watermarks WHERE job_id = $1 GROUP BY step) AS steps
    HAVING count(*) > 0
  ),
  queues AS (
    SELECT jsonb_object_agg(queue.key, coalesce((
        SELECT jsonb_agg(unit_key ORDER BY place) FROM unfinished
         WHERE step = queue.value AND place <= ${SHOWN_UNITS}), '[]')) AS document
      FROM jsonb_each_text($5::jsonb) AS queue
  ),
  entries AS (
    SELECT jsonb_agg(jsonb_build_object('step', step, 'unit', unit_key, 'fields', fields, 'cursor', cursor,
        'stopped_at', stopped_at) ORDER BY cursor IS NULL, id) AS document
      FROM (SELECT * FROM unfinished ORDER BY cursor IS NULL, id LIMIT ${SHOWN_UNITS}) AS shown
  )
  SELECT nullif(coalesce((SELECT document FROM windows), coalesce(checkpoint_data, '{}'))
    || coalesce((SELECT document FROM queues), '{}')
    || jsonb_build_object('unfinished', coalesce((SELECT document FROM entries), '[]')), '{"unfinished": []}'))`
