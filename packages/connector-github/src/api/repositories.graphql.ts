const RATE_LIMIT = 'rateLimit { cost remaining resetAt }'

/** Besides itself, what tells whether its pull requests need reading at all. */
const PARTS = `fragment Parts on Repository {
  id name nameWithOwner owner { login } description url isArchived isFork isPrivate createdAt updatedAt pushedAt
  defaultBranchRef { name } primaryLanguage { name }
  repositoryTopics(first: 100) @include(if: $topics) {
    pageInfo { hasNextPage endCursor } nodes { topic { name } }
  }
  latest: pullRequests(first: 1, orderBy: { field: UPDATED_AT, direction: DESC }) { nodes { updatedAt } }
  open: pullRequests(first: 1, states: OPEN) { totalCount }
}`

const CONNECTION = 'pageInfo { hasNextPage endCursor } nodes { ...Parts }'

/** Who the token belongs to. */
export const VIEWER = `query Viewer { viewer { login } ${RATE_LIMIT} }`

/** What a personal token reaches. */
export const VIEWER_REPOSITORIES = `query ViewerRepositories($first: Int!, $after: String, $topics: Boolean!) {
  viewer { repositories(first: $first, after: $after,
    affiliations: [OWNER, COLLABORATOR, ORGANIZATION_MEMBER],
    ownerAffiliations: [OWNER, COLLABORATOR, ORGANIZATION_MEMBER]) { ${CONNECTION} } }
  ${RATE_LIMIT}
}
${PARTS}`

/** What an organization or a user owns. */
export const OWNER_REPOSITORIES = `query OwnerRepositories($owner: String!, $first: Int!, $after: String, $topics: Boolean!) {
  repositoryOwner(login: $owner) { repositories(first: $first, after: $after, ownerAffiliations: [OWNER]) { ${CONNECTION} } }
  ${RATE_LIMIT}
}
${PARTS}`

/** One repository by name; GitHub follows renames. */
export const NAMED_REPOSITORY = `query NamedRepository($owner: String!, $name: String!, $topics: Boolean!) {
  repository(owner: $owner, name: $name) { ...Parts }
  ${RATE_LIMIT}
}
${PARTS}`

/** Repositories by id: null where there is none any more. */
export const REPOSITORIES_BY_ID = `query RepositoriesById($ids: [ID!]!, $topics: Boolean!) {
  nodes(ids: $ids) { ... on Repository { ...Parts } }
  ${RATE_LIMIT}
}
${PARTS}`
