import type { Change } from '@millrace/core'
import type { DevStatusDetail } from './api/dev-status-api.ts'
import { workItemsBranches, workItemsCommits } from './entities/development.ts'

type BranchRow = Parameters<typeof workItemsBranches.replace>[1][number]
type CommitRow = Parameters<typeof workItemsCommits.replace>[1][number]

/** The branches of an issue. A site that is connected to the same code host in two ways lists each of them twice. */
export function mapBranches(issueId: string, details: readonly DevStatusDetail[]): Change {
  const byUrl = new Map<string, BranchRow>()
  for (const { name, url, repository } of details
    .flatMap(({ detail }) => detail)
    .flatMap((each) => each.branches ?? [])) {
    byUrl.set(url, {
      work_item_id: issueId,
      url,
      name,
      repository_name: repository?.name ?? null,
      repository_url: repository?.url ?? null,
    })
  }
  return workItemsBranches.replace(issueId, [...byUrl.values()])
}

/** The commits of an issue, each once. */
export function mapCommits(issueId: string, details: readonly DevStatusDetail[]): Change {
  const byUrl = new Map<string, CommitRow>()
  const repositories = details.flatMap(({ detail }) => detail).flatMap((each) => each.repositories ?? [])
  for (const repository of repositories) {
    for (const { id, url, message, author, authorTimestamp, merge, fileCount } of repository.commits ?? []) {
      byUrl.set(url, {
        work_item_id: issueId,
        url,
        sha: id,
        message,
        author_name: author?.name ?? null,
        authored_at: authorTimestamp,
        is_merge: merge ?? false,
        file_count: fileCount,
        repository_name: repository.name,
        repository_url: repository.url,
      })
    }
  }
  return workItemsCommits.replace(issueId, [...byUrl.values()])
}
