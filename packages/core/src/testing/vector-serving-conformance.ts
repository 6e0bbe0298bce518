import assert from 'node:assert/strict'
import { uuidV5 } from '../ids/entity-id.ts'
import type { VectorCollection, VectorStore } from '../ports/vector-store.ts'
import type { ConformanceCase } from './conformance-case.ts'

const OLD: VectorCollection = { tenantId: 1, profile: 'conformance/3/v1', dimensions: 3 }
const NEW: VectorCollection = { tenantId: 1, profile: 'conformance/2/v2', dimensions: 2 }

/** Which collection serves a tenant, and changing it. */
export function servingConformance(make: () => VectorStore | Promise<VectorStore>): readonly ConformanceCase[] {
  return [
    {
      name: 'the first collection of a tenant serves it, and a later one does once it is told to',
      async run() {
        const store = await make()
        assert.equal(await store.serving(1), undefined)
        await store.prepare(OLD)
        await store.prepare(NEW)
        assert.equal(await store.serving(1), OLD.profile)
        await store.serve(NEW)
        await store.prepare(OLD)
        assert.equal(await store.serving(1), NEW.profile)
        await store.serve(OLD)
        await store.serve(OLD)
        assert.equal(await store.serving(1), OLD.profile)
      },
    },
    {
      name: 'each tenant is served by its own',
      async run() {
        const store = await make()
        await store.prepare(OLD)
        const theirs = { ...NEW, tenantId: 2 }
        await store.prepare(theirs)
        await store.prepare({ ...OLD, tenantId: 2 })
        assert.deepEqual([await store.serving(1), await store.serving(2)], [OLD.profile, NEW.profile])
        await store.serve({ ...OLD, tenantId: 2 })
        assert.deepEqual([await store.serving(1), await store.serving(2)], [OLD.profile, OLD.profile])
      },
    },
    {
      name: 'what does not exist cannot serve',
      async run() {
        const store = await make()
        await store.prepare(OLD)
        await assert.rejects(store.serve(NEW), { code: 'SCHEMA_MISMATCH' })
        assert.equal(await store.serving(1), OLD.profile)
      },
    },
    {
      name: 'a dropped collection is gone with its points, and one that serves is not dropped',
      async run() {
        const store = await make()
        for (const collection of [OLD, NEW]) {
          await store.prepare(collection)
          const vector = new Float32Array(collection.dimensions).fill(1)
          await store.upsert(collection, [{ id: uuidV5('conformance'), vector, rowVersion: 1, payload: {} }])
        }
        await assert.rejects(store.drop(OLD), { code: 'INVALID_CONFIG' })
        await store.serve(NEW)
        await store.drop(OLD)
        await store.drop(OLD)
        await store.prepare(OLD)
        assert.deepEqual(await Array.fromAsync(store.points(OLD)), [])
        assert.equal((await Array.fromAsync(store.points(NEW))).flat().length, 1)
      },
    },
    {
      name: 'of a tenant that is dropped nothing is left, and another tenant keeps everything',
      async run() {
        const store = await make()
        const theirs = { ...OLD, tenantId: 11 }
        const point = { id: uuidV5('conformance'), vector: Float32Array.of(1, 0, 0), rowVersion: 1, payload: {} }
        for (const collection of [OLD, theirs]) {
          await store.prepare(collection)
          await store.upsert(collection, [{ ...point, id: uuidV5(`conformance ${collection.tenantId}`) }])
        }
        await store.prepare(NEW)
        await store.serve(NEW)
        await store.dropTenant(1)
        await store.dropTenant(1)
        assert.equal(await store.serving(1), undefined)
        assert.equal(await store.serving(11), OLD.profile)
        assert.equal((await Array.fromAsync(store.points(theirs))).flat().length, 1)
        await store.prepare(OLD)
        assert.equal(await store.serving(1), OLD.profile)
        assert.deepEqual(await Array.fromAsync(store.points(OLD)), [])
      },
    },
    {
      name: 'points that arrive while indexing is put off are found afterwards',
      async run() {
        const store = await make()
        await store.prepare(OLD)
        await store.tune?.(OLD, 'bulk-load')
        await store.upsert(OLD, [
          { id: uuidV5('conformance'), vector: Float32Array.of(1, 0, 0), rowVersion: 1, payload: {} },
        ])
        await store.tune?.(OLD, 'serve')
        assert.equal((await store.search(OLD, { dense: Float32Array.of(1, 0, 0), limit: 1 })).length, 1)
      },
    },
  ]
}
