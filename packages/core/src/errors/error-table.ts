/**
 * Every error that Millrace raises. `docs/reference/errors.md` lists the same codes; a test compares both ways.
 *
 * `retryable` is the default class: a transient error is tried again with backoff, a permanent one is a dead row at once.
 */
export const errorTable = {
  INVALID_DEFINITION: {
    summary: 'An entity, a step or a connector is declared in a way that cannot work.',
    retryable: false,
    remedy: 'Change the definition as the message says; it is checked when the program starts.',
  },
  INVALID_CONFIG: {
    summary: 'The configuration of a connector, a sink or the host does not validate.',
    retryable: false,
    remedy: 'Correct the settings that the message names.',
  },
  INVALID_MESSAGE: {
    summary: 'A queue message does not validate, or disagrees with the ledger row that it names.',
    retryable: false,
    remedy: 'Nothing is lost: the ledger holds the work. Look for a foreign publisher on the queue.',
  },
  INVALID_UNIT: {
    summary: 'A stored unit does not match the schema of its step.',
    retryable: false,
    remedy: 'Upgrade the connector to a version that reads its own older units, or discard the row.',
  },
  INVALID_BODY: {
    summary: 'A response does not match the schema that the step declares for it.',
    retryable: false,
    remedy: 'Compare the raw record with the schema; after a fix of the connector, replay it.',
  },
  NOT_JSON: {
    summary: 'A response that should be JSON is not.',
    retryable: false,
    remedy: 'Check that the base URL leads to the API and not to a login page or a proxy.',
  },
  RAW_MISSING: {
    summary: 'The raw record that a row names is gone: it was pruned.',
    retryable: false,
    remedy: 'Discard the row; a full sync reads the record again.',
  },
  TRANSFORM_FAILED: {
    summary: 'A transformer threw on a record.',
    retryable: false,
    remedy: 'Fix the connector and replay the record; its neighbours are loaded.',
  },
  CENSUS_REFUSED: {
    summary: 'A census of what still exists would remove suspiciously many rows.',
    retryable: false,
    remedy: 'Check what the account may see. If the rows are really gone, start a run with `allowDeletions`.',
  },
  LOAD_FAILED: {
    summary: 'A loader could not write a batch.',
    retryable: false,
    remedy: 'Read the cause; the batch was rolled back as a whole.',
  },
  EMBED_FAILED: {
    summary: 'A text could not be embedded or its vector not be stored.',
    retryable: true,
    remedy: 'Read the cause; the rows are loaded and only their vectors are missing.',
  },
  HTTP_STATUS: {
    summary: 'The provider answered with an error status that retrying does not cure.',
    retryable: false,
    remedy: 'Read the status and the answer in the message.',
  },
  HTTP_UNAVAILABLE: {
    summary: 'The provider could not be reached, answered 408, 425 or 5xx, or cut its answer, also after retries.',
    retryable: true,
    remedy:
      'Check the base URL and the network. What waits goes on by itself once the provider answers; a run that failed is started again.',
  },
  HTTP_TIMEOUT: {
    summary: 'The provider did not answer in time, also after retries.',
    retryable: true,
    remedy: 'Work goes on by itself; raise the timeout if the provider is known to be slow.',
  },
  RATE_LIMITED: {
    summary: 'The provider asks to wait for longer than a request may be held.',
    retryable: true,
    remedy: 'None needed: the row waits until the time that the provider named.',
  },
  UNAUTHORIZED: {
    summary: 'The provider does not accept the credentials.',
    retryable: false,
    remedy: 'Renew the token of the integration, and check that it belongs to the account and the site.',
  },
  FORBIDDEN_URL: {
    summary: 'A base URL has a scheme or a host that is not allowed.',
    retryable: false,
    remedy: 'Use http or https, and allow private networks in the options if the provider lives in one.',
  },
  DATABASE_UNAVAILABLE: {
    summary: 'The database cannot be reached or refuses the connection.',
    retryable: true,
    remedy: 'Check the address, the user and that the server runs; nothing is lost meanwhile.',
  },
  DATABASE_CONFLICT: {
    summary: 'A transaction was in the way of others, such as by a deadlock, each time that it was tried.',
    retryable: true,
    remedy:
      'Nothing to do: it is tried again, and costs a row none of its attempts. If it stays, look for transactions of other programs.',
  },
  BROKER_UNAVAILABLE: {
    summary: 'The message broker cannot be reached or refuses the connection.',
    retryable: true,
    remedy: 'Check the address, the user and that the broker runs; the ledger keeps the work until it is back.',
  },
  BROKER_TOPOLOGY: {
    summary: 'A queue or an exchange exists already in the broker, with other arguments than this program declares.',
    retryable: false,
    remedy: 'Delete the queue that the message names, which loses nothing, or use another prefix or virtual host.',
  },
  SCHEMA_MISMATCH: {
    summary: 'The database schema is older or newer than this program, or a column cannot be widened as asked.',
    retryable: false,
    remedy: 'Run the migrations, or use a program of the matching version.',
  },
  RUN_REFUSED: {
    summary: 'A run cannot start: the job runs already, it or its integration is inactive, or nothing could run here.',
    retryable: false,
    remedy: 'Wait for the run to end or cancel it; activate the job and the integration.',
  },
  RUN_UNKNOWN: {
    summary: 'The ledger has no run of that number.',
    retryable: false,
    remedy: 'Use the number that starting the run gave; runs that ended long ago may have been pruned.',
  },
  NOT_FOUND: {
    summary: 'What a command names does not exist, or belongs to another tenant.',
    retryable: false,
    remedy: 'List what there is, and name the tenant that it belongs to.',
  },
  INVALID_INPUT: {
    summary: 'What somebody asked to be stored does not fit its schema, or names something that does not exist.',
    retryable: false,
    remedy: 'Correct what the message names.',
  },
  ALREADY_EXISTS: {
    summary: 'There is such a thing already, and there can be one only.',
    retryable: false,
    remedy: 'Change the one that exists, or choose another name.',
  },
  IN_USE: {
    summary: 'A thing cannot be deleted because others depend on it; `context.dependants` names the first of them.',
    retryable: false,
    remedy: 'Say where to move what depends on it, or release it.',
  },
  LEASE_EXPIRED: {
    summary: 'A worker vanished or stalled while it held a row.',
    retryable: true,
    remedy: 'None needed: another worker takes the row; after too many times alone with its worker the row is dead.',
  },
  STEP_STOPPED: {
    summary: 'More than a fifth of the rows of a step, and at least fifty, are dead, so the rest was not tried.',
    retryable: true,
    remedy: 'Look at the first errors of the step, cure them, and run the job again: it adopts what is left.',
  },
  BUFFER_OVERFLOW: {
    summary: 'An Observable produced pages faster than they could be stored.',
    retryable: false,
    remedy: 'Return an async iterable, which is pulled page by page, or slow the source down.',
  },
  UNIT_INCOMPLETE: {
    summary: 'An extractor ended in the middle of its unit, after a page that names a next one.',
    retryable: false,
    remedy: 'End a unit with a page whose `next` is null.',
  },
  CURSOR_LOOP: {
    summary: 'The provider repeats a page token, so paging would never end.',
    retryable: true,
    remedy:
      'The unit is tried again from its last page, and by the next run from its first; report it to the provider if it stays.',
  },
  PAGES_UNSTABLE: {
    summary: 'Pages of a list do not fit together: it kept changing while it was read, or ended before its end.',
    retryable: true,
    remedy:
      'Nothing is taken for gone; the unit is tried again by itself, by the next run from its start. Report it to the provider if it stays.',
  },
  CANCELLED: {
    summary: 'The run was cancelled.',
    retryable: false,
    remedy: 'Start it again when wanted; it resumes from its checkpoints.',
  },
  INTERNAL: {
    summary: 'Something happened that should be impossible.',
    retryable: false,
    remedy: 'Please report it with the message and the cause.',
  },
} as const satisfies { readonly [code: string]: ErrorTableEntry }

interface ErrorTableEntry {
  readonly summary: string
  readonly retryable: boolean
  readonly remedy: string
}

export type ErrorCode = keyof typeof errorTable
