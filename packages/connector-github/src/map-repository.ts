import type { Change } from '@millrace/core'
import type { RepositoryItem } from './api/repositories.graphql.ts'
import { repositories } from './entities/repositories.ts'

export function mapRepository(
  repository: RepositoryItem,
  { seenSince, formerName }: { readonly seenSince: Date | null; readonly formerName: string | null },
): Change {
  return repositories.upsert({
    id: repository.id,
    name: repository.name,
    name_with_owner: repository.nameWithOwner,
    former_name: formerName,
    owner: repository.owner.login,
    description: repository.description,
    url: repository.url,
    is_archived: repository.isArchived ?? false,
    is_fork: repository.isFork ?? false,
    is_private: repository.isPrivate ?? false,
    default_branch: repository.defaultBranchRef?.name ?? null,
    language: repository.primaryLanguage?.name ?? null,
    topics: (repository.repositoryTopics?.nodes ?? []).map(({ topic }) => topic.name),
    created: repository.createdAt,
    updated: repository.updatedAt,
    pushed: repository.pushedAt,
    seen_since: seenSince,
    latest_pr_updated: repository.latest.nodes[0]?.updatedAt ?? null,
    open_prs: repository.open.totalCount,
  })
}
