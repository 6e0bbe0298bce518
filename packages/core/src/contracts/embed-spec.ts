import type { Json } from './json.ts'

/** How the rows of an entity become texts to embed. A function alone is `{ text }`. */
export interface EmbedSpec<Row> {
  /** The text, or null for a row that is not worth embedding. Pure: the same row always gives the same text. */
  readonly text: (row: Row) => string | null
  /**
   * Put before every chunk, so that the fifth still says what it belongs to. Part of the text.
   * @default none
   */
  readonly title?: (row: Row) => string | null
  /**
   * Raised when `text` or `title` says something else about the same row. Rows are embedded again as they change, and all
   * of them when vectors are reconciled.
   * @default 1
   */
  readonly version?: number
  /** Where long texts are cut. */
  readonly chunk?: ChunkSize
  /**
   * What a search may filter by, and show, besides what every point carries: `source_type`, `entity`, `row_id`,
   * `integration_id`, `chunk`, `text`. A change here alone costs no embedding. Times are Dates.
   * @default nothing
   */
  readonly payload?: (row: Row) => { readonly [key: string]: Json | Date | undefined }
}

/** Lengths in UTF-16 code units; a token of English has about four. */
export interface ChunkSize {
  /** A chunk's text at most, its title not counted. @default 2000 */
  readonly maxLength?: number
  /** How much of the end of a chunk the next one repeats, in whole sentences. @default 200 */
  readonly overlap?: number
}
