import type { ListName } from './pull-request-api.ts'

const RATE_LIMIT = 'rateLimit { cost remaining resetAt }'
const PAGE_INFO = 'pageInfo { hasNextPage endCursor }'
const PERSON = `fragment Person on Actor { __typename login ... on Node { id } }`

const COMMENT = 'id body url author { ...Person } createdAt updatedAt'

/** What is read of each item, by list. */
const ITEMS: { readonly [Name in ListName]: string } = {
  commits: `commit { oid message authoredDate committedDate additions deletions
    author { name email user { __typename id login } } }`,
  reviews: 'id state body author { ...Person } submittedAt updatedAt commit { oid }',
  comments: COMMENT,
  reviewThreads: `id isResolved isOutdated resolvedBy { __typename id login } path line
    comments(first: $replies) { ${PAGE_INFO} nodes { ${COMMENT} } }`,
  labels: 'id name color',
  assignees: '__typename id login',
  reviewRequests: `requestedReviewer { __typename ... on Node { id }
    ... on Actor { login } ... on Team { name slug } }`,
}

function list(name: ListName, first: string, after = ''): string {
  return `${name}(first: ${first}${after}) { ${PAGE_INFO} nodes { ${ITEMS[name]} } }`
}

const PARTS = `fragment Parts on PullRequest {
  id fullDatabaseId number title body state isDraft url createdAt updatedAt closedAt mergedAt
  author { ...Person } mergedBy { ...Person }
  baseRefName headRefName headRefOid mergeCommit { oid } additions deletions changedFiles reviewDecision
  ${list('commits', '$commits')}
  ${list('reviews', '$reviews')}
  ${list('comments', '$comments')}
  ${list('reviewThreads', '$threads')}
  ${list('labels', '$few')}
  ${list('assignees', '$few')}
  ${list('reviewRequests', '$few')}
}`

const SIZES = '$commits: Int!, $reviews: Int!, $comments: Int!, $threads: Int!, $replies: Int!, $few: Int!'

/** A page of the pull requests of a repository. */
export const PULL_REQUESTS = `query PullRequests($id: ID!, $first: Int!, $after: String, $order: IssueOrder!,
  $states: [PullRequestState!], ${SIZES}) {
  node(id: $id) { ... on Repository {
    id pullRequests(first: $first, after: $after, orderBy: $order, states: $states) {
      ${PAGE_INFO} nodes { ...Parts }
    } } }
  ${RATE_LIMIT}
}
${PARTS}
${PERSON}`

/** One pull request with long first pages. */
export const PULL_REQUEST = `query PullRequest($id: ID!, ${SIZES}) {
  node(id: $id) { ... on PullRequest { ...Parts } }
  ${RATE_LIMIT}
}
${PARTS}
${PERSON}`

/** The next page of one list of a pull request, by list. */
export const MORE: { readonly [Name in ListName]: string } = Object.fromEntries(
  Object.keys(ITEMS).map((name) => [name, moreOf(name as ListName)]),
) as { [Name in ListName]: string }

function moreOf(name: ListName): string {
  const replies = name === 'reviewThreads' ? ', $replies: Int!' : ''
  const operation = `More${name[0]?.toUpperCase()}${name.slice(1)}`
  const selection = list(name, '$first', ', after: $after')
  return `query ${operation}($id: ID!, $first: Int!, $after: String${replies}) {
  node(id: $id) { ... on PullRequest { id ${selection} } }
  ${RATE_LIMIT}
}
${selection.includes('...Person') ? PERSON : ''}`
}

/** More comments of one review thread. */
export const MORE_REPLIES = `query MoreReplies($id: ID!, $first: Int!, $after: String) {
  node(id: $id) { ... on PullRequestReviewThread { id ${list('comments', '$first', ', after: $after')} } }
  ${RATE_LIMIT}
}
${PERSON}`
