import type { AnyEntity } from '@millrace/core'
import {
  applyConfiguration,
  createConfiguration,
  deleteConfiguration,
  type Edited,
  type EditedEntity,
  type EditedRow,
  listConfiguration,
  listDependants,
  listIntegrations,
  showConfiguration,
  updateConfiguration,
} from '@millrace/sink-postgres'
import type { z } from 'zod'
import type { Api, Caller } from '../api.ts'
import type { Dependencies } from '../contract/configuration.ts'
import { definedOf } from '../defined.ts'
import { found } from '../not-found.ts'
import { Refusal } from '../refusal.ts'
import { toDependencies } from './to-dependencies.ts'

/** What a change of configuration answers besides the thing itself. */
interface Applied {
  readonly run_id: number | null
}

/** The things of one kind that people configure, as the interface serves them. */
export interface EditedRows<Shape extends z.ZodRawShape> {
  list(caller: Caller, integrationId: number | undefined): Promise<readonly EditedRow<Shape>[]>
  create(caller: Caller, integrationId: number, row: Edited<Shape>): Promise<EditedRow<Shape> & Applied>
  update(caller: Caller, id: string, changes: Changes<Shape>): Promise<EditedRow<Shape> & Applied>
  dependencies(caller: Caller, id: string): Promise<Dependencies>
  remove(caller: Caller, id: string, how: Removal): Promise<Applied & Removed>
}

type Changes<Shape extends z.ZodRawShape> = {
  readonly [Column in keyof Edited<Shape>]?: Edited<Shape>[Column] | undefined
}

interface Removal {
  readonly move_to?: string | undefined
  readonly release?: boolean | undefined
}

interface Removed {
  readonly success: true
  readonly message: string
  readonly moved: number
}

/** Serves an entity that a connector declares with `edited`. Each change is applied to what is stored. */
export function editedRows<Shape extends z.ZodRawShape>(
  api: Api,
  entity: EditedEntity<Shape> & AnyEntity,
): EditedRows<Shape> {
  const { db, connectors } = api
  const entities = connectors.flatMap((connector) => connector.entities)
  return {
    async list({ tenantId }, integrationId) {
      await api.prepare()
      return listConfiguration(db, entity, { tenantId, ...(integrationId !== undefined && { integrationId }) })
    },
    async create({ tenantId, actor }, integrationId, row) {
      await requireConfigurable(api, entity, tenantId, integrationId)
      const created = await createConfiguration(db, entity, { tenantId, integrationId, actor, row })
      return { ...created, ...(await applied(api, tenantId, integrationId)) }
    },
    async update({ tenantId, actor }, id, changes) {
      await api.prepare()
      const given = definedOf(changes) as Partial<Edited<Shape>>
      const updated = await updateConfiguration(db, entity, { tenantId, id, actor, changes: given })
      return { ...updated, ...(await applied(api, tenantId, updated.integration_id)) }
    },
    async dependencies({ tenantId }, id) {
      await api.prepare()
      await showConfiguration(db, entity, { tenantId, id })
      return toDependencies(await listDependants(db, entity, { tenantId, id, entities }))
    },
    async remove({ tenantId, actor }, id, { move_to: moveTo, release }) {
      if (moveTo !== undefined && release) {
        throw new Refusal(
          'BAD_REQUEST',
          'Failed to delete it: move_to and release exclude each other. Name one of them.',
        )
      }
      await api.prepare()
      const { integration_id: integrationId } = await showConfiguration(db, entity, { tenantId, id })
      const how = definedOf({ moveTo, release })
      const { moved } = await deleteConfiguration(db, entity, { tenantId, id, actor, entities, ...how })
      const message =
        moved === 0 ? 'It is deleted.' : `It is deleted; ${moved} that used it are ${moveTo ? 'moved' : 'released'}.`
      return { success: true, message, moved, ...(await applied(api, tenantId, integrationId)) }
    },
  }
}

/** @throws NOT_FOUND for an unknown account; Refusal for one whose connector knows no such thing */
export async function requireConfigurable(
  api: Api,
  entity: AnyEntity,
  tenantId: number,
  integrationId: number,
): Promise<void> {
  await api.prepare()
  const known = await listIntegrations(api.db, { tenantId })
  const { type } = found(
    known.find(({ id }) => id === integrationId),
    'integration',
    integrationId,
  )
  const connector = api.connectors.find(({ name }) => name === type)
  if (connector?.entities.includes(entity)) return
  throw new Refusal(
    'BAD_REQUEST',
    `Failed to configure integration ${integrationId}: accounts of the type ${type} have no ${entity.name}. Name another.`,
  )
}

/**
 * Has a change applied to what is stored. The change itself is made by then, so that it is no error when this has to wait:
 * workers come back to it.
 */
export async function applied(api: Api, tenantId: number, integrationId: number): Promise<Applied> {
  const { db, runtime, connectors, log } = api
  try {
    const jobs = await applyConfiguration(db, runtime, { connectors, tenantId, integrationId })
    return { run_id: jobs.find(({ run }) => run !== null)?.run?.runId ?? null }
  } catch (error) {
    const facts = { tenant: tenantId, integration: integrationId, error: String(error) }
    log.warn(facts, 'Failed to apply a change of configuration at once. A worker will.')
    return { run_id: null }
  }
}
