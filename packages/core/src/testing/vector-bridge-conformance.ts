import assert from 'node:assert/strict'
import { z } from 'zod'
import type { Change } from '../contracts/change.ts'
import { defineEntity } from '../contracts/entity.ts'
import { entityId, uuidV5 } from '../ids/entity-id.ts'
import type { LoadScope } from '../load/load-batch.ts'
import { prepareLoad } from '../load/prepare-load.ts'
import type { Loader } from '../ports/loader.ts'
import type { BridgeRow, BridgeScope, VectorBridge } from '../ports/vector-bridge.ts'
import type { ConformanceCase } from './conformance-case.ts'

/** What a bridge's tests are given. */
export interface VectorBridgeFixture {
  readonly bridge: VectorBridge
  /** Loads the rows whose hashes the bridge compares. */
  readonly loader: Loader
  /**
   * Two scopes of different tenants, both without rows.
   * @default tenants 1 and 2, each with the integration and the run of its own number
   */
  readonly scopes?: readonly [LoadScope, LoadScope]
  close(): Promise<void>
}

const ISSUES = defineEntity({
  name: 'bridge_issues',
  key: 'id',
  columns: z.object({ id: z.string(), title: z.string() }),
})

const COMMENTS = defineEntity({
  name: 'bridge_comments',
  key: ['issue', 'position'],
  parent: 'issue',
  references: { issue: ISSUES },
  columns: z.object({ issue: z.string(), position: z.int(), text: z.string() }),
})

/**
 * What the port `VectorBridge` promises, as tests for any runner.
 *
 * @param make a bridge and the loader beside it, without rows; called once per test
 * @example
 * for (const { name, run } of vectorBridgeConformance(make)) test(name, run)
 */
export function vectorBridgeConformance(
  make: () => Promise<VectorBridgeFixture> | VectorBridgeFixture,
): readonly ConformanceCase[] {
  return SENTENCES.map(({ name, prove }) => ({
    name,
    async run() {
      const fixture = await make()
      try {
        await fixture.loader.prepare([ISSUES, COMMENTS])
        await prove(benchOf(fixture))
      } finally {
        await fixture.close()
      }
    },
  }))
}

/** A bridge with shorthands for what the sentences keep saying. */
interface Bench {
  readonly bridge: VectorBridge
  readonly scope: BridgeScope
  readonly otherScope: BridgeScope
  keyOf(id: string): string
  /** Loads, and gives key and hash of the row that is stored then. */
  load(change: Change, sourceSeq?: number): Promise<{ readonly key: string; readonly hash: string }>
  mark(rows: readonly BridgeRow[], scope?: BridgeScope): Promise<void>
  settle(rows: readonly BridgeRow[], scope?: BridgeScope): Promise<readonly string[]>
  read(keys: readonly string[], scope?: BridgeScope): Promise<readonly BridgeRow[]>
}

function benchOf({ bridge, loader, scopes }: VectorBridgeFixture): Bench {
  const [own, other] = scopes ?? [scopeOf(1), scopeOf(2)]
  const bridgeScope = ({ tenantId, integrationId }: LoadScope): BridgeScope => {
    return { tenantId, integrationId, entity: ISSUES, profile: 'hash/8/v1' }
  }
  const scope = bridgeScope(own)
  return {
    bridge,
    scope,
    otherScope: bridgeScope(other),
    keyOf: (id) => entityId(own.tenantId, own.integrationId, ISSUES.name, id),
    async load(change, sourceSeq = 1) {
      await loader.load(prepareLoad([change], { scope: own, sourceSeq, fullSync: false }), undefined)
      const [row] = (await Array.fromAsync(loader.read(own, change.entity))).flat()
      return { key: row?.key ?? '', hash: row?.hash ?? '' }
    },
    mark: (rows, of = scope) => bridge.mark(of, rows, undefined),
    settle: (rows, of = scope) => bridge.settle(of, rows, undefined),
    read: (keys, of = scope) => bridge.read(of, keys),
  }
}

function scopeOf(number: number): LoadScope {
  return { tenantId: number, integrationId: number, runId: number }
}

function bridgeRow(key: string, more: Partial<BridgeRow> = {}): BridgeRow {
  return {
    key,
    chunk: 0,
    pointId: uuidV5(`point of ${key}`),
    textHash: 'text',
    payloadHash: 'payload',
    rowHash: 'row',
    rowVersion: 1,
    state: 'ready',
    ...more,
  }
}

function states(rows: readonly BridgeRow[]): readonly string[] {
  return rows.map(({ state }) => state)
}

const SENTENCES: readonly { readonly name: string; prove(bench: Bench): Promise<void> }[] = [
  {
    name: 'it remembers what is being written, chunk by chunk, in order',
    async prove({ mark, read, keyOf }) {
      const [first = '', second = ''] = [keyOf('1'), keyOf('2')].sort()
      const rows = [second, first].flatMap((key) => [1, 0].map((chunk) => bridgeRow(key, { chunk, state: 'pending' })))
      await mark(rows)
      assert.deepEqual(await read([first, second, keyOf('3')]), rows.toReversed())
    },
  },
  {
    name: 'marking again replaces what is known, and never lowers the version',
    async prove({ mark, read, keyOf }) {
      const key = keyOf('1')
      await mark([bridgeRow(key, { rowVersion: 5 })])
      await mark([bridgeRow(key, { rowVersion: 3, textHash: 'other', state: 'pending' })])
      assert.deepEqual(await read([key]), [bridgeRow(key, { rowVersion: 5, textHash: 'other', state: 'pending' })])
    },
  },
  {
    name: 'tenants and profiles do not meet',
    async prove({ mark, read, scope, otherScope, keyOf }) {
      const key = keyOf('1')
      await mark([bridgeRow(key)])
      assert.deepEqual(await read([key], otherScope), [])
      assert.deepEqual(await read([key], { ...scope, profile: 'hash/8/v2' }), [])
      await mark([bridgeRow(key, { textHash: 'theirs' })], otherScope)
      assert.deepEqual(await read([key]), [bridgeRow(key)])
    },
  },
  {
    name: 'rows that are still as they were embedded are settled, and the others returned for a follow-up',
    async prove({ load, mark, settle, read, keyOf }) {
      const { key, hash } = await load(ISSUES.upsert({ id: '1', title: 'one' }))
      const pending = bridgeRow(key, { rowHash: hash, state: 'pending' })
      await mark([pending])
      assert.deepEqual(await settle([pending]), [])
      assert.deepEqual(await read([key]), [{ ...pending, state: 'ready' }])

      const older = bridgeRow(key, { rowHash: 'older', state: 'pending' })
      const vanished = bridgeRow(keyOf('2'), { state: 'pending' })
      await mark([older, vanished])
      assert.deepEqual((await settle([older, vanished])).toSorted(), [key, vanished.key].toSorted())
      assert.deepEqual(states(await read([key, vanished.key])), ['pending', 'pending'])
    },
  },
  {
    name: 'removed rows are forgotten, unless they live again',
    async prove({ load, mark, settle, read, keyOf }) {
      const back = (await load(ISSUES.upsert({ id: '1', title: 'one' }))).key
      const gone = keyOf('2')
      const rows = [back, gone].map((key) => bridgeRow(key, { state: 'deleting', rowHash: '' }))
      await mark(rows)
      assert.deepEqual(await settle(rows), [back])
      assert.deepEqual(await read([back, gone]), [bridgeRow(back, { state: 'deleting', rowHash: '' })])
    },
  },
  {
    name: 'a row that went away becomes a follow-up, although its tombstone is still stored',
    async prove({ load, settle, read }) {
      const { key, hash } = await load(ISSUES.upsert({ id: '1', title: 'one' }))
      await load(ISSUES.delete('1'), 2)
      const written = bridgeRow(key, { rowHash: hash })
      assert.deepEqual(await settle([written]), [key])
      // Whoever removed the row's point forgot it; this one was written after that, and must be found.
      assert.deepEqual(await read([key]), [{ ...written, state: 'pending' }])
    },
  },
  {
    name: 'a point that was written while another worker removed it is not forgotten with the removal',
    async prove({ load, mark, settle, read }) {
      const { key, hash } = await load(ISSUES.upsert({ id: '1', title: 'one' }))
      const written = bridgeRow(key, { rowHash: hash, state: 'pending' })
      await mark([written])
      await load(ISSUES.delete('1'), 2)
      const removed = bridgeRow(key, { rowHash: '', state: 'deleting' })
      await mark([removed])
      assert.deepEqual(await settle([written]), [key])
      await settle([removed])
      assert.deepEqual(states(await read([key])), ['pending'])
    },
  },
  {
    name: 'a removal that is settled late does not forget what another one has begun to remove since',
    async prove({ load, mark, settle, read }) {
      const { key, hash } = await load(ISSUES.upsert({ id: '1', title: 'one' }))
      const written = bridgeRow(key, { rowHash: hash, state: 'pending' })
      await mark([written])
      await load(ISSUES.delete('1'), 2)
      const first = bridgeRow(key, { rowHash: '', state: 'deleting' })
      await mark([first])
      // The first has removed the point by now, and then it is written by whoever was slow to do it.
      assert.deepEqual(await settle([written]), [key])
      const [found = first] = await read([key])
      const second: BridgeRow = { ...found, rowHash: '', state: 'deleting' }
      await mark([second])
      assert.deepEqual(await settle([first]), [key], 'a follow-up looks after it')
      assert.deepEqual(await read([key]), [second], 'the second may have died before it removed the point')
      assert.deepEqual(await settle([second]), [])
      assert.deepEqual(await read([key]), [])
    },
  },
  {
    name: 'what somebody else called ready in the meantime is doubted when the row has changed or lives again',
    async prove({ load, mark, settle, read }) {
      const { key, hash } = await load(ISSUES.upsert({ id: '1', title: 'one' }))
      const ready = bridgeRow(key, { rowHash: hash })
      const late = [
        bridgeRow(key, { rowHash: 'older', state: 'pending' }),
        bridgeRow(key, { rowHash: '', state: 'deleting' }),
      ] as const
      for (const row of late) {
        await mark([row])
        await mark([ready])
        await settle([ready])
        assert.deepEqual(await settle([row]), [key])
        assert.deepEqual(await read([key]), [{ ...ready, state: 'pending' }])
      }
    },
  },
  {
    name: 'chunks that a shorter text no longer has are forgotten, while the row lives',
    async prove({ load, mark, settle, read }) {
      const { key, hash } = await load(ISSUES.upsert({ id: '1', title: 'short' }))
      const kept = bridgeRow(key, { rowHash: hash })
      const tail = bridgeRow(key, { chunk: 1, rowHash: hash, state: 'deleting' })
      await mark([kept, tail])
      assert.deepEqual(await settle([kept, tail]), [])
      assert.deepEqual(await read([key]), [kept])
    },
  },
  {
    name: 'everything is listed in order, the chunks of a row together',
    async prove({ bridge, scope, mark, keyOf }) {
      const keys = Array.from({ length: 501 }, (_, index) => keyOf(String(index))).sort()
      const rows = keys.flatMap((key) => [0, 1].map((chunk) => bridgeRow(key, { chunk })))
      await mark(rows)
      const pages = await Array.fromAsync(bridge.list(scope))
      assert.deepEqual(pages.flat(), rows)
      for (const page of pages) assert.equal(page.length, 2 * new Set(page.map(({ key }) => key)).size)
    },
  },
  {
    name: 'blaming a row keeps what is known of it',
    async prove({ bridge, scope, load, mark, settle, read }) {
      const { key, hash } = await load(ISSUES.upsert({ id: '1', title: 'one' }))
      const row = bridgeRow(key, { rowHash: hash, state: 'pending' })
      await mark([row])
      await bridge.blame(scope, [key, 'unknown'], 'Failed to embed')
      assert.deepEqual(await read([key]), [row])
      assert.deepEqual(await settle([row]), [])
      assert.deepEqual(states(await read([key])), ['ready'])
    },
  },
  {
    name: 'rows of child entities are found by their natural key',
    async prove({ load, settle, scope }) {
      const { key, hash } = await load(COMMENTS.upsert({ issue: '1', position: 7, text: 'hello' }))
      const comments = { ...scope, entity: COMMENTS }
      assert.deepEqual(await settle([bridgeRow(key, { rowHash: hash })], comments), [])
      assert.deepEqual(await settle([bridgeRow(key, { rowHash: 'unsaid' })], comments), [key])
    },
  },
]
