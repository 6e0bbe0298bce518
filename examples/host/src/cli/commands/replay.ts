import { type Replayed, replay, replayCoverage } from '@millrace/sink-postgres'
import { z } from 'zod'
import { defineCommand } from '../command.ts'
import { answerOf, composeWorker, workToEnd } from '../compose-worker.ts'
import { id, names, time } from '../input.ts'
import { wrongInput } from '../wrong-input.ts'

export const replayCommand = defineCommand({
  name: 'replay',
  summary:
    'transform stored raw records again, without asking the provider; workers do it, or this command with --work',
  options: [
    ['--job <id>', 'of this job'],
    ['--integration <id>', 'or of all jobs of this integration'],
    ['--steps <names>', 'only these steps, separated by commas'],
    ['--since <time>', 'only what was received since then'],
    ['--dry-run', 'only say what it would cover, and what it could not'],
    ['--work', 'work on it, and wait for its end'],
  ],
  input: z.object({
    job: id.optional(),
    integration: id.optional(),
    steps: names.optional(),
    since: time.optional(),
    dryRun: z.boolean().default(false),
    work: z.boolean().default(false),
  }),
  async run(surroundings, { job, integration, steps, since, dryRun, work }) {
    const { db, embedded, tenantId } = surroundings
    if ((job === undefined) === (integration === undefined))
      throw wrongInput('replay', ['name one job or one integration'])
    const request = {
      tenantId: await tenantId(),
      ...(job !== undefined && { jobId: job }),
      ...(integration !== undefined && { integrationId: integration }),
      ...(steps && { steps }),
      ...(since && { since }),
    }
    if (dryRun) {
      const coverage = await replayCoverage(db, request)
      return { json: coverage, table: coverage.flatMap(({ gaps }) => gaps), lines: coverage.map(linesOf) }
    }
    const runtime = await composeWorker(surroundings)
    let replayed: readonly Replayed[] = []
    const begin = async () => {
      replayed = await replay(db, runtime, request)
      return replayed.map(({ run }) => run)
    }
    if (work || embedded) {
      const summaries = await workToEnd(runtime, surroundings, begin)
      return { ...answerOf(summaries, { replayed }), lines: replayed.map(linesOf) }
    }
    await begin()
    return { json: { replayed }, lines: replayed.map((each) => `${linesOf(each)} Run ${each.run.runId} started.`) }
  },
})

function linesOf({ jobId, records, gaps }: { jobId: number; records: number; gaps: readonly unknown[] }): string {
  const missing =
    gaps.length > 0 ? `, not covered are ${gaps.length} units whose records were pruned: a full sync reads them` : ''
  return `Job ${jobId}: ${records} raw records${missing}.`
}
