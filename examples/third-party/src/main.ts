import { parseArgs } from 'node:util'
import { isMillraceError, runToEnd } from '@millrace/core'
import { jsonFeed } from './json-feed.ts'
import { sqliteLoader } from './sqlite-loader.ts'

const USAGE = 'main.ts <file> <address of a feed> …, such as: main.ts feeds.db https://www.jsonfeed.org/feed.json'

const [file, ...feeds] = parseArgs({ allowPositionals: true }).positionals
if (file === undefined || feeds.length === 0) {
  console.error(`Usage: ${USAGE}`)
  process.exit(2)
}

const loader = sqliteLoader(file)
try {
  const { state, totals, reasons } = await runToEnd({ connector: jsonFeed, config: { feeds }, loader })
  console.log(`${state}: ${totals.rowsWritten} rows written to ${file}, ${totals.apiCalls} requests`)
  for (const reason of reasons) console.error(reason)
  process.exitCode = state === 'finished' ? 0 : 1
} catch (error) {
  if (!isMillraceError(error)) throw error
  console.error(error.message)
  process.exitCode = 1
} finally {
  loader.close()
}
