import { filter, firstValueFrom } from 'rxjs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineConnector } from '../contracts/connector.ts'
import { MillraceError } from '../errors/millrace-error.ts'
import { memoryLedger } from '../memory/memory-ledger.ts'
import { memoryLoader } from '../memory/memory-loader.ts'
import { systemClock } from '../system/system-clock.ts'
import { jobsOf } from '../testing/jobs-of.ts'
import { createRuntime, type StartOptions } from './runtime.ts'

/** A list, and units that are planned by it; what each run was told. */
function shelves() {
  const world = { listFails: false, hidden: false }
  const told: { readonly upToDate: Date | undefined; readonly since: Date | undefined }[] = []
  const connector = defineConnector({
    name: 'library',
    entities: [],
    config: z.object({}),
    overlapMs: 0,
    steps: (step) => {
      const list = step({
        name: 'library_list',
        async *extract() {
          if (world.listFails) throw new MillraceError('INVALID_BODY', { message: 'Failed to list.', retryable: false })
          yield { body: '{}', next: null }
        },
        *transform() {},
      })
      const other = step({ name: 'library_other', async *extract() {}, *transform() {} })
      const books = step({
        name: 'library_books',
        after: [list],
        unit: z.object({ shelf: z.string(), listed: z.string().nullable() }),
        unitKey: ({ shelf }) => shelf,
        async *units(ctx) {
          await expect(ctx.upToDateSince(other)).rejects.toMatchObject({ code: 'INVALID_DEFINITION' })
          yield { shelf: 'A', listed: (await ctx.upToDateSince(list))?.toISOString() ?? null }
        },
        async *extract({ unit: { listed } }, ctx) {
          told.push({ upToDate: listed === null ? undefined : new Date(listed), since: ctx.window.since })
          yield { body: '{}', next: null, ...(world.hidden && { keepsWatermark: true }) }
        },
        *transform() {},
      })
      return [list, other, books]
    },
  })
  const jobStore = jobsOf('library')
  const ledger = memoryLedger({ jobStore, clock: systemClock })
  const run = async (options: Partial<StartOptions> = {}) => {
    const runtime = createRuntime({ connectors: [connector], jobStore, ledger, loader: memoryLoader() })
    await runtime.start()
    const ref = await runtime.startRun({ tenantId: 1, jobId: 1, ...options })
    await firstValueFrom(runtime.events(ref).pipe(filter(({ type }) => type === 'run-finished')))
    await runtime.stop()
    return { ...told.at(-1), startedAt: (await ledger.run(ref.runId))?.startedAt }
  }
  return { world, run }
}

test('rows of a step that read all it could are as old as the run', async () => {
  const { run } = shelves()
  const { upToDate, startedAt } = await run()
  expect(upToDate).toEqual(startedAt)
})

test('rows of a step that left something unread, or took no part in the run, may be of any age', async () => {
  const { run, world } = shelves()
  world.listFails = true
  expect((await run()).upToDate).toBeUndefined()
  world.listFails = false
  expect((await run({ steps: ['library_books'] })).upToDate).toBeUndefined()
  expect((await run()).upToDate).toBeInstanceOf(Date)
})

test('a unit that was not read begins its next window where it began this one', async () => {
  const { run, world } = shelves()
  await run()
  world.hidden = true
  const { since } = await run()
  expect(since).toBeInstanceOf(Date)
  expect((await run()).since).toEqual(since)
  world.hidden = false
  expect((await run()).since).toEqual(since)
  expect((await run()).since?.getTime()).toBeGreaterThan(since?.getTime() ?? 0)
})
