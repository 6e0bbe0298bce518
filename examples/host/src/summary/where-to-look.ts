import { relative } from 'node:path'
import type { System } from '../compose.ts'
import { describeStore } from '../open-store.ts'
import type { HostOptions } from '../options.ts'

const EXAMPLE = 'SELECT key, summary FROM work_items ORDER BY updated DESC LIMIT 5'

/** Where the rows are, and how to see them. */
export function whereToLook({ once, database }: HostOptions, { sources }: System): readonly string[] {
  const answering = sources.filter(({ simulator }) => simulator && !once)
  const lines = answering.map(({ job, baseUrl }) => `The simulated ${job} answers at ${baseUrl}.`)
  switch (database.kind) {
    case 'memory':
      return [...lines, 'The rows are in memory and gone when this program ends.']
    case 'server':
      return [...lines, `The rows are in ${describeStore(database)}; for example: psql <its URL> -c "${EXAMPLE}"`]
    case 'embedded': {
      const directory = relative(process.cwd(), database.directory)
      return [
        ...lines,
        `The rows are in ${directory}. Once this program has ended: npm start -- --data-dir ${directory} --sql "${EXAMPLE}"`,
      ]
    }
  }
}
