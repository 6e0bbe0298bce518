import type { Lookup, StoredRow } from '@millrace/core'
import { byName, byReference } from './by-name.ts'
import { statuses } from './entities/statuses.ts'
import { statusesMappings } from './entities/statuses-mappings.ts'
import { type StatusCategory, statusCategory, workflows } from './entities/workflows.ts'
import { categoryOfKey, type StatusRoles, type WorkflowCategory } from './workflow-metrics.ts'

/** A status as Jira tells it. */
export interface JiraStatusFacts {
  readonly name: string | null
  readonly categoryKey: unknown
}

/** What a status is to the people of an account. */
export interface StatusMeaning {
  readonly name: string | null
  readonly category: StatusCategory | null
  readonly isReview: boolean
  readonly isCommitment: boolean
  /** The mapping, and the step of a workflow, that say so; as rows of a lookup. */
  readonly mapping: StoredRow | undefined
  readonly workflow: StoredRow | undefined
}

const SHOWN = { to_do: 'To Do', in_progress: 'In Progress', done: 'Done' } as const
const CATEGORY: { readonly [shown in StatusCategory]: NonNullable<WorkflowCategory> } = {
  'To Do': 'to_do',
  'In Progress': 'in_progress',
  Done: 'done',
}

/** A step of a workflow decides before the mapping that names it, and that before Jira. */
export function meaningOfStatus(status: JiraStatusFacts, lookup: Lookup): StatusMeaning {
  const mapping = status.name === null ? undefined : byName(lookup, statusesMappings, status.name)
  const workflow = byReference(lookup, workflows, mapping?.workflow_id)
  const own = categoryOfKey(status.categoryKey)
  const category = statusCategory
    .nullable()
    .catch(null)
    .parse(workflow?.step_category ?? mapping?.status_category ?? null)
  return {
    name: typeof mapping?.status_to === 'string' ? mapping.status_to : status.name,
    category: category ?? (own && SHOWN[own]),
    isReview: mapping?.role === 'review',
    isCommitment: workflow?.is_commitment_point === true,
    mapping,
    workflow,
  }
}

interface Known {
  readonly meanings: Map<string, StatusMeaning>
  readonly hasCommitmentPoints: boolean
}

const known = new WeakMap<Lookup, Known>()

/**
 * What metrics need to know of statuses, from the loaded ones and what people made of them.
 *
 * @param own the issue's own status, for one that is not loaded
 */
export function statusRoles(own: (JiraStatusFacts & { readonly id: string }) | null, lookup: Lookup): StatusRoles {
  const { meanings, hasCommitmentPoints } = knownOf(lookup)
  const meaning = (statusId: string): StatusMeaning | undefined => {
    const found = meanings.get(statusId)
    if (found) return found
    const stored = lookup.get(statuses, statusId)
    if (!stored) return own?.id === statusId ? meaningOfStatus(own, lookup) : undefined
    const name = typeof stored.name === 'string' ? stored.name : null
    const made = meaningOfStatus({ name, categoryKey: stored.category_key }, lookup)
    meanings.set(statusId, made)
    return made
  }
  return {
    category: (statusId) => {
      const shown = meaning(statusId)?.category
      return shown ? CATEGORY[shown] : null
    },
    isReview: (statusId) => meaning(statusId)?.isReview ?? false,
    ...(hasCommitmentPoints && { isCommitment: (statusId: string) => meaning(statusId)?.isCommitment ?? false }),
  }
}

function knownOf(lookup: Lookup): Known {
  const found = known.get(lookup)
  if (found) return found
  const hasCommitmentPoints = lookup.all(workflows).some((step) => step.is_commitment_point === true)
  const made = { meanings: new Map<string, StatusMeaning>(), hasCommitmentPoints }
  known.set(lookup, made)
  return made
}
