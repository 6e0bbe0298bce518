import { createHash } from 'node:crypto'
import { zstdDecompressSync } from 'node:zlib'
import type { Tx } from '@millrace/sink-postgres'
import { z } from 'zod'

const PAGE = `
  SELECT id, raw_body, extraction_metadata -> 'lengths' AS lengths FROM raw_extraction_data
   WHERE id > $1 ORDER BY id LIMIT 50`

const row = z.object({ id: z.number(), raw_body: z.instanceof(Buffer), lengths: z.array(z.number()) })

/** Bodies that the connector puts in front of answers which do not say what they are about, or in place of such as it only counted. */
const OWN_INDEX =
  /^\{"(issues":(\d|\[(\],"types"|\{"issue_id"))|slices":\d|histories_of":\[|collections":\[|issue_ids":\[|project_id")/

/** SHA-256 of every stored response body, in hexadecimal, one for each time it is stored. */
export async function storedBodies(tx: Tx): Promise<readonly string[]> {
  const digests: string[] = []
  for (let last = 0; ; ) {
    const rows = z.array(row).parse(await tx.query(PAGE, [last]))
    for (const { id, raw_body, lengths } of rows) {
      const bytes = zstdDecompressSync(raw_body)
      let start = 0
      for (const length of lengths) {
        const body = bytes.subarray(start, start + length)
        start += length
        if (!OWN_INDEX.test(body.toString('latin1', 0, 40)))
          digests.push(createHash('sha256').update(body).digest('hex'))
      }
      last = id
    }
    if (rows.length === 0) return digests
  }
}
