import pg from 'pg'

/** Sequences and counters stay far below 2^53, and a number is what they are. */
const INT8 = 20

/** Parsers of result values, given with each statement where possible: a pool that was handed to us keeps its own. */
export const RESULT_TYPES: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format as 'text'),
}
