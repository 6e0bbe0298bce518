import { z } from 'zod'
import type { Change } from '../../contracts/change.ts'
import type { StoredRow } from '../../contracts/context.ts'
import { type AnyEntity, defineEntity } from '../../contracts/entity.ts'
import { entityId } from '../../ids/entity-id.ts'
import type { ChangedRows, LoadScope } from '../../load/load-batch.ts'
import { prepareLoad } from '../../load/prepare-load.ts'
import type { Loader, ReadRow } from '../../ports/loader.ts'

/** What a loader's tests are given. */
export interface LoaderFixture {
  readonly loader: Loader
  /**
   * Two scopes of different tenants, both without rows.
   * @default tenants 1 and 2, each with the integration and the run of its own number
   */
  readonly scopes?: readonly [LoadScope, LoadScope]
  close(): Promise<void>
}

/** A row with the provider's own time. */
export const ISSUES = defineEntity({
  name: 'conformance_issues',
  key: 'id',
  version: 'updated',
  columns: z.object({ id: z.string(), title: z.string(), updated: z.coerce.date() }),
})

/** Children that are read with their parent, as a whole. */
export const CHANGELOGS = defineEntity({
  name: 'conformance_changelogs',
  key: ['issue', 'position'],
  parent: 'issue',
  references: { issue: ISSUES },
  columns: z.object({ issue: z.string(), position: z.int(), field: z.string() }),
})

/** Children that are read one by one. */
export const COMMENTS = defineEntity({
  name: 'conformance_comments',
  key: ['issue', 'number'],
  parent: 'issue',
  references: { issue: ISSUES },
  columns: z.object({ issue: z.string(), number: z.string(), body: z.string() }),
})

/** A row without a time of the provider's, and with every storage type. */
export const LABELS = defineEntity({
  name: 'conformance_labels',
  key: 'id',
  references: { parent: 'self' },
  indexes: ['color'],
  columns: z.object({
    id: z.string(),
    color: z.string().nullish(),
    uses: z.int().nullish(),
    weight: z.number().nullish(),
    locked: z.boolean().nullish(),
    seen: z.coerce.date().nullish(),
    details: z.json().optional(),
    parent: z.string().nullish(),
  }),
})

export const ALL_ENTITIES: readonly AnyEntity[] = [CHANGELOGS, COMMENTS, ISSUES, LABELS]

/** A loader with shorthands. Times of the provider are small numbers here: minutes of one hour. */
export interface LoaderBench {
  readonly loader: Loader
  readonly scope: LoadScope
  readonly other: LoadScope
  load(seq: number, changes: readonly Change[], how?: LoadOptions): Promise<readonly ChangedRows[]>
  /** All live rows, through pages that the loader chooses. */
  rows(entity: AnyEntity, filter?: Parameters<Loader['read']>[2]): Promise<readonly ReadRow[]>
  /** One declared column of all live rows, sorted. */
  column(entity: AnyEntity, column: string): Promise<readonly unknown[]>
  idOf(entity: AnyEntity, externalId: string): string
}

export interface LoadOptions {
  readonly fullSync?: boolean
  readonly maxRemovedShare?: number
  readonly scope?: LoadScope
  /** What the connector declares. Default: none, so that children outlive their parents. */
  readonly entities?: readonly AnyEntity[]
}

export function loaderBench({ loader, scopes }: LoaderFixture): LoaderBench {
  const [scope, other] = scopes ?? [scopeOf(1), scopeOf(2)]
  const rows: LoaderBench['rows'] = async (entity, filter) => {
    const pages: (readonly ReadRow[])[] = []
    for await (const page of loader.read(scope, entity, filter)) pages.push(page)
    return pages.flat()
  }
  return {
    loader,
    scope,
    other,
    rows,
    load: (seq, changes, how = {}) =>
      loader.load(
        prepareLoad(changes, { fullSync: false, ...how, scope: how.scope ?? scope, sourceSeq: seq }),
        undefined,
      ),
    column: async (entity, column) => valuesOf(await rows(entity), column),
    idOf: (entity, externalId) => entityId(scope.tenantId, scope.integrationId, entity.name, externalId),
  }
}

export function issue(id: string, title: string, minute: number): Change {
  return ISSUES.upsert({ id, title, updated: at(minute) })
}

export function changelogs(parent: string, fields: readonly string[]): Change {
  return CHANGELOGS.replace(
    parent,
    fields.map((field, position) => ({ issue: parent, position, field })),
  )
}

export function at(minute: number): Date {
  return new Date(Date.UTC(2024, 0, 1, 0, minute))
}

function scopeOf(number: number): LoadScope {
  return { tenantId: number, integrationId: number, runId: number }
}

function valuesOf(rows: readonly { readonly values: StoredRow }[], column: string): readonly unknown[] {
  return rows.map(({ values }) => values[column]).sort()
}

/** A test of this suite, before it is given a loader. */
export interface LoaderProof {
  readonly name: string
  prove(bench: LoaderBench): Promise<void>
}
