import type { Context, Window } from '@millrace/core'
import { z } from 'zod'
import { repositories } from './entities/repositories.ts'
import type { GithubConfig } from './github-options.ts'
import { wanted } from './visible-repositories.ts'

/**
 * How far a window reaches back before the end of the one before. A repository is passed over for what the list of repositories
 * showed: what happened after it was listed must be within the next window.
 */
export const OVERLAP_MS = 900_000

/** GitHub tells its time in seconds. */
const CLOCKS_DIFFER_MS = 5_000

export interface WantedRepository {
  readonly repository_id: string
  readonly name_with_owner: string
  /** As the list of repositories showed them. */
  readonly latest_update: string | null
  readonly open: number
  readonly seen_since: string | null
}

/** A stored repository, whatever the loader made of its values. */
const stored = z.looseObject({
  external_id: z.string(),
  name_with_owner: z.string(),
  former_name: z.string().nullish(),
  is_archived: z.boolean(),
  is_fork: z.boolean(),
  topics: z.array(z.string()),
  latest_pr_updated: z.coerce.date().nullable(),
  open_prs: z.coerce.number(),
  seen_since: z.coerce.date().nullable(),
})

/** The loaded repositories that the settings ask for; the step must read `repositories`. */
export async function* wantedRepositories(
  ctx: Context<GithubConfig>,
): AsyncGenerator<WantedRepository, void, undefined> {
  for await (const rows of ctx.rows(repositories)) {
    for (const row of rows) {
      const found = stored.parse(row)
      const { name_with_owner: nameWithOwner, is_archived: isArchived, is_fork: isFork, topics } = found
      const formerName = found.former_name ?? null
      if (!wanted(ctx.config, { nameWithOwner, formerName, isArchived, isFork, topics })) continue
      yield {
        repository_id: found.external_id,
        name_with_owner: nameWithOwner,
        latest_update: found.latest_pr_updated?.toISOString() ?? null,
        open: found.open_prs,
        seen_since: found.seen_since?.toISOString() ?? null,
      }
    }
  }
}

/**
 * Since when what changed in a repository is missing here; undefined when all of it is: at first; when it was gone and came
 * back, since what was in it went with it; and when it has another name, which is in the URL of everything in it.
 */
export function sinceOf({ since, until }: Window, seen_since: string | null): Date | undefined {
  const seen = Date.parse(seen_since ?? '')
  const cameBack =
    since !== undefined && seen > since.getTime() + OVERLAP_MS + CLOCKS_DIFFER_MS && seen <= until.getTime()
  return cameBack ? undefined : since
}
