/** Whether `r` is a raw record, and not a page that goes with others into one. */
export const IS_RECORD = `coalesce(r.extraction_metadata ->> 'part', 'last') = 'last'`

/**
 * Whether a raw record `r` is superseded: its unit was read again as a whole, by a read that began after the record was
 * requested and was completed. Whatever is in the record and still exists is in that read too, newer. A read is as a whole
 * when it had no window, or its extractor never looked at it (see docs/decisions/0007-replay-and-retention.md).
 */
export const IS_SUPERSEDED = `
  EXISTS (SELECT FROM raw_extraction_data newer
    WHERE newer.job_id = r.job_id AND newer.entity_type = r.entity_type AND md5(newer.external_id) = md5(r.external_id)
      AND newer.complete_from > r.source_seq)`

/** $1 job · $2 step · $3 the last id that was given · $4 limit · $5 only what was received since, or null */
export const RAW_TO_REPLAY = `
  SELECT r.id FROM raw_extraction_data r
   WHERE r.job_id = $1 AND r.entity_type = $2 AND r.id > $3 AND ($5::timestamptz IS NULL OR r.created_at >= $5)
     AND ${IS_RECORD} AND NOT ${IS_SUPERSEDED}
   ORDER BY r.id LIMIT $4`
