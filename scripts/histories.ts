/**
 * `npm run histories -- --histories 50 [--seed 1] [--face cloud|gateway|dataCenter]`: lives through so many histories of a
 * Jira site and names those after which its mirror differs. The same seed gives the same histories; `--only 7` replays one.
 */
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { z } from 'zod'
import { history, live } from '../tests/jira/history.ts'

const whole = z.coerce.number().int().nonnegative()
const FACES = ['cloud', 'gateway', 'dataCenter'] as const
const options = z.object({
  histories: whole.default(20),
  seed: whole.default(1),
  face: z.enum(FACES).optional(),
  only: whole.optional(),
})

const text = { type: 'string' } as const
const { values } = parseArgs({ options: { histories: text, seed: text, face: text, only: text } })
const parsed = options.safeParse(values)
if (!parsed.success) {
  console.error(`Failed to live through histories: ${z.prettifyError(parsed.error)}`)
  process.exit(2)
}
const { histories, seed, face, only } = parsed.data

let failed = 0
for (const [index, each] of fc.sample(history, { numRuns: histories, seed }).entries()) {
  if (only !== undefined && index !== only) continue
  const way = face ?? FACES[index % FACES.length] ?? 'cloud'
  const outcome = await live(each, way).then(
    () => 'equal',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
  if (outcome !== 'equal') failed += 1
  console.log(`${index} ${way}: ${outcome}`)
}
console.log(`${failed} histories ended with tables that are not what the site holds.`)
process.exitCode = failed === 0 ? 0 : 1
