import { describe } from 'vitest'
import { CHAPTERS } from './testing/chapters/chapters.ts'
import { embeddedHost } from './testing/embedded-host.ts'
import { operatorDay } from './testing/operator-day.ts'

describe('an operator of one process on the embedded database', { timeout: 600_000 }, () => {
  operatorDay({ isPossible: true, open: embeddedHost, chapters: CHAPTERS })
})
