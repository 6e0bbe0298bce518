/**
 * Says that a column names rows of another connector by something that people write and that may change, such as the key
 * of a work item in a title. Names are stored as text and compared when somebody looks: which of both sides is loaded
 * first, and which one later, makes no difference, and neither side needs to be there.
 *
 * Stores with views show what the names mean as a view; it is empty until the other side exists.
 */
export interface NameResolution<Column extends string = string> {
  /** Name of the view, in snake_case. */
  readonly view: string
  /** The column of this entity that holds a name. */
  readonly name: Column
  /** The entity, of any connector, whose rows list names. */
  readonly in: string
  /** Its column that holds the name. */
  readonly by: string
  /** Its reference column that points to the row which bears that name. */
  readonly means: string
  /** The entity of that row. Rows that are gone are not meant any more. */
  readonly of: string
}
