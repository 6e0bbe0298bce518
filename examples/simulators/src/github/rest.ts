import { z } from 'zod'
import { BAD_CREDENTIALS, type GithubAnswer, json } from './answers.ts'
import type { GithubParts } from './server.ts'
import { ORGANIZATION } from './world/repositories.ts'

/**
 * Source: https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app
 */
export const issueToken = (
  { credentials }: GithubParts,
  authorization: string | undefined,
  installationId: string,
): GithubAnswer => {
  const given = credentials.issue(authorization, installationId)
  if (given === 'bad-jwt') return json(401, { message: 'A JSON web token could not be decoded' })
  if (given === 'no-installation') return json(404, { message: 'Not Found' })
  return json(201, {
    token: given.token,
    expires_at: new Date(given.expiresAt).toISOString().replace(/\.\d+Z/, 'Z'),
    permissions: { pull_requests: 'read', metadata: 'read' },
    repository_selection: 'all',
  })
}

const paging = z.object({
  per_page: z.coerce.number().int().min(1).max(100).default(30),
  page: z.coerce.number().int().min(1).default(1),
})

/** Source: https://docs.github.com/en/rest/apps/installations#list-repositories-accessible-to-the-app-installation */
export const listInstallationRepositories = (
  { world, credentials }: GithubParts,
  authorization: string | undefined,
  query: unknown,
): GithubAnswer => {
  const who = credentials.identify(authorization)
  if (!who) return BAD_CREDENTIALS
  if (who.kind === 'user') {
    const message =
      'You must authenticate with an installation access token in order to list repositories for an installation.'
    return json(403, { message })
  }
  const { per_page, page } = paging.parse(query)
  const all = Array.from({ length: world.repositories() }, (_, index) => world.repository(index)).filter(
    (repository) => repository?.owner === ORGANIZATION,
  )
  const repositories = all.slice((page - 1) * per_page, page * per_page).flatMap((repository) =>
    repository
      ? [
          {
            id: repository.databaseId,
            node_id: repository.id,
            name: repository.name,
            full_name: `${repository.owner}/${repository.name}`,
            private: repository.isPrivate,
            archived: repository.isArchived,
          },
        ]
      : [],
  )
  return json(200, { total_count: all.length, repository_selection: 'all', repositories })
}

/** Costs nothing. Source: https://docs.github.com/en/rest/rate-limit/rate-limit */
export const showRateLimit = ({ credentials }: GithubParts, authorization: string | undefined): GithubAnswer => {
  const who = credentials.identify(authorization)
  if (!who) return BAD_CREDENTIALS
  const { limit, used, remaining, resetAt } = who.budget.show(0, 0)
  return json(200, { resources: { graphql: { limit, used, remaining, reset: Date.parse(resetAt) / 1000 } } })
}
