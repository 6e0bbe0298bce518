import type { Change } from '@millrace/core'
import type { DevStatusDetail } from './api/dev-status-api.ts'
import { workItemsPrs } from './entities/development.ts'

/**
 * The pull requests of an issue. A site that is connected to the same code host in two ways lists each of them twice:
 * the URL counts once, with the latest update.
 */
export function mapPullRequests(issueId: string, details: readonly DevStatusDetail[]): Change {
  const byUrl = new Map<string, Parameters<typeof workItemsPrs.replace>[1][number]>()
  for (const { _instance: instance, pullRequests } of details.flatMap(({ detail }) => detail)) {
    for (const pull of pullRequests ?? []) {
      const known = byUrl.get(pull.url)?.pr_updated_at?.getTime() ?? Number.NEGATIVE_INFINITY
      if (byUrl.has(pull.url) && (pull.lastUpdate?.getTime() ?? Number.NEGATIVE_INFINITY) <= known) continue
      byUrl.set(pull.url, {
        work_item_id: issueId,
        url: pull.url,
        number: pull.id,
        title: pull.name,
        status: pull.status,
        repository_name: pull.repositoryName,
        repository_url: pull.repositoryUrl,
        source_branch: pull.source?.branch ?? null,
        destination_branch: pull.destination?.branch ?? null,
        author_name: pull.author?.name ?? null,
        reviewers: (pull.reviewers ?? []).map(({ name, approved }) => ({ name, approved: approved ?? false })),
        comment_count: pull.commentCount,
        pr_updated_at: pull.lastUpdate,
        host: instance?.name ?? null,
      })
    }
  }
  return workItemsPrs.replace(issueId, [...byUrl.values()])
}
