import type { Change } from '@millrace/core'
import type { DeploymentItem, ReleaseItem } from './api/shipping.graphql.ts'
import { deployments } from './entities/deployments.ts'
import { people } from './entities/people.ts'
import { releases } from './entities/releases.ts'

/** All releases of a repository. */
export function* mapReleases(repository_id: string, found: readonly ReleaseItem[]): Iterable<Change> {
  yield releases.replace(
    repository_id,
    found.map((release) => ({
      repository_id,
      release_id: release.id,
      tag: release.tagName,
      name: release.name,
      description: release.description,
      url: release.url,
      is_draft: release.isDraft ?? false,
      is_prerelease: release.isPrerelease ?? false,
      is_latest: release.isLatest ?? false,
      author_id: release.author?.id ?? null,
      author_login: release.author?.login ?? null,
      commit_oid: release.tagCommit?.oid ?? null,
      created: release.createdAt,
      published: release.publishedAt,
      updated: release.updatedAt,
    })),
  )
  for (const { author } of found) yield* mapPerson(author)
}

export function* mapDeployment(repository_id: string, deployment: DeploymentItem): Iterable<Change> {
  yield deployments.upsert({
    id: deployment.id,
    repository_id,
    environment: deployment.environment,
    original_environment: deployment.originalEnvironment,
    state: deployment.state,
    task: deployment.task,
    description: deployment.description,
    commit_oid: deployment.commitOid,
    ref: deployment.ref?.name ?? null,
    creator_id: deployment.creator?.id ?? null,
    creator_login: deployment.creator?.login ?? null,
    created: deployment.createdAt,
    updated: deployment.updatedAt,
  })
  yield* mapPerson(deployment.creator)
}

function* mapPerson(person: DeploymentItem['creator']): Iterable<Change> {
  if (person?.id) yield people.upsert({ id: person.id, login: person.login, type: person.__typename })
}
