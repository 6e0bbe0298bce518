/** Every span that the engine opens. Those of rows say tenant, run, step, row and outcome. */
export const SPANS = {
  'millrace.plan': 'Units of a step are enumerated.',
  'millrace.extract': 'A unit is read, page by page.',
  'millrace.transform': 'A raw record becomes rows.',
  'millrace.embed': 'Rows become vectors.',
  'millrace.http': 'One try of a request to a provider, to the last byte of its answer.',
  'millrace.load': 'Rows are written, inside of a commit.',
  'millrace.embed.call': 'Texts are embedded by a provider.',
} as const

interface Instrument {
  readonly description: string
  /** UCUM, as OpenTelemetry has it. */
  readonly unit: string
}

/** Every number that only grows. `stage` is plan, extract, transform or embed; `code` is an error's. */
export const COUNTERS = {
  'millrace.rows': { description: 'Rows worked on, by stage and outcome.', unit: '{row}' },
  'millrace.rows.dead': { description: 'Rows that were given up, by stage and code.', unit: '{row}' },
  'millrace.retries': { description: 'Rows that failed and are tried again, by stage and code.', unit: '{row}' },
  'millrace.pages': { description: 'Pages stored as raw records.', unit: '{page}' },
  'millrace.received': { description: 'Bodies of answers as received.', unit: 'By' },
  'millrace.api.calls': { description: 'Requests sent to providers, every try counted.', unit: '{request}' },
  'millrace.rate_limit.waits': {
    description: 'Waits that providers asked for: held by the request, or left to the row.',
    unit: '{wait}',
  },
  'millrace.embedded': { description: 'Texts embedded.', unit: '{text}' },
} as const satisfies { readonly [name: string]: Instrument }

export const HISTOGRAMS = {
  'millrace.row.duration': { description: 'One delivery of a row, by stage and outcome.', unit: 's' },
  'millrace.http.duration': { description: 'One try of a request, by status.', unit: 's' },
} as const satisfies { readonly [name: string]: Instrument }
