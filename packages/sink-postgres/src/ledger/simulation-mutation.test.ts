import { simulateSeed } from '@millrace/core/testing'
import { expect, test } from 'vitest'
import { simulatedPostgres } from '../testing/simulated-postgres.ts'

/** Statements broken on purpose: what is looked for, and what it becomes. */
const MUTATIONS: { readonly [name: string]: readonly (readonly [from: string | RegExp, to: string])[] } = {
  'rows are handed out whatever their status is': [
    [/q\.job_type = lane\.job_type AND q\.status = 'pending'/g, 'q.job_type = lane.job_type'],
  ],
  'the fence checks neither token nor status nor time': [
    [
      /WHERE id = \$1 AND lease_token = \$2 AND status = 'leased' AND cursor_seq = \$3 AND lease_until > millrace_now\(\)/,
      'WHERE id = $1 AND $2::bigint IS NOT NULL AND $3::integer IS NOT NULL',
    ],
  ],
  'no stage ever changes its state': [
    ['UPDATE etl_run_steps s SET state = moved.state', 'UPDATE etl_run_steps s SET state = s.state'],
  ],
  'what is written is counted twice': [
    ['rows_written = s.rows_written + d.rows_written', 'rows_written = s.rows_written + 2 * d.rows_written'],
  ],
}

/** Each mutation is caught by one of so many seeds. */
const SEEDS = 80

test.each(Object.entries(MUTATIONS))('it is noticed when %s', { timeout: 600_000 }, async (_, replacements) => {
  let rewritten = 0
  const rewrite = (sql: string): string =>
    replacements.reduce((text, [from, to]) => {
      const changed = text.replace(from, to)
      if (changed !== text) rewritten += 1
      return changed
    }, sql)
  const broken = simulatedPostgres({ rewrite })
  try {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const { violation } = await simulateSeed(seed, { stores: broken, size: 'small' })
      expect(rewritten, 'the statement to break was not found').toBeGreaterThan(0)
      if (!violation) continue
      const sound = simulatedPostgres()
      const untouched = await simulateSeed(seed, { stores: sound, size: 'small' })
      await sound.close()
      expect(untouched.violation, `seed ${seed} without the mutation`).toBeUndefined()
      expect(violation.promise).not.toBe('the simulation itself')
      process.stdout.write(`seed ${seed}: ${violation.message.slice(0, 120)}\n`)
      return
    }
    expect.fail(`none of ${SEEDS} seeds noticed`)
  } finally {
    await broken.close()
  }
})
