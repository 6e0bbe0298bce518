// Written by "npm run github-queries" from pull-requests.graphql and GitHub's schema.
import { z } from 'zod'
import { bigInteger, connection, flag, lenient, optionalTime, pageInfo, requiredTime, text, whole } from './fields.ts'

/** Whoever wrote, reviewed, merged or resolved: users, bots and imported authors alike. */
const person = z.object({
  __typename: z.string(),
  login: z.string(),
  id: text,
})

const commitItem = z.object({
  commit: z.object({
    oid: z.string(),
    message: text,
    authoredDate: optionalTime,
    committedDate: optionalTime,
    additions: whole,
    deletions: whole,
    author: lenient(z.object({
      name: text,
      email: text,
      user: lenient(person),
    })),
  }),
})

const reviewItem = z.object({
  id: z.string(),
  state: text,
  body: text,
  author: lenient(person),
  submittedAt: optionalTime,
  updatedAt: optionalTime,
  commit: lenient(z.object({
    oid: z.string(),
  })),
})

const commentItem = z.object({
  id: z.string(),
  body: text,
  author: lenient(person),
  createdAt: optionalTime,
  updatedAt: optionalTime,
  url: text,
})

const threadItem = z.object({
  id: z.string(),
  isResolved: flag,
  isOutdated: flag,
  resolvedBy: lenient(person),
  path: text,
  line: whole,
  comments: connection(commentItem),
})

const labelItem = z.object({
  id: z.string(),
  name: z.string(),
  color: text,
})

const assigneeItem = z.object({
  __typename: text,
  id: z.string(),
  login: z.string(),
})

const reviewRequestItem = z.object({
  requestedReviewer: lenient(z.object({
    __typename: z.string(),
    id: z.string(),
    login: text,
    name: text,
    slug: text,
  })),
})

/** A pull request with the first page of each of its lists. */
export const pullRequestItem = z.object({
  id: z.string(),
  fullDatabaseId: lenient(bigInteger),
  number: z.int(),
  title: text,
  body: text,
  state: text,
  isDraft: flag,
  url: text,
  createdAt: requiredTime,
  updatedAt: requiredTime,
  closedAt: optionalTime,
  mergedAt: optionalTime,
  author: lenient(person),
  mergedBy: lenient(person),
  baseRefName: text,
  headRefName: text,
  headRefOid: text,
  mergeCommit: lenient(z.object({
    oid: z.string(),
  })),
  additions: whole,
  deletions: whole,
  changedFiles: whole,
  reviewDecision: text,
  commits: connection(commitItem),
  reviews: connection(reviewItem),
  comments: connection(commentItem),
  reviewThreads: connection(threadItem),
  labels: connection(labelItem),
  assignees: connection(assigneeItem),
  reviewRequests: connection(reviewRequestItem),
})

export type PullRequestItem = z.output<typeof pullRequestItem>

/** A page of the pull requests of a repository. */
export const pullRequestsOperation = {
  text: 'query PullRequests($id:ID!$first:Int!$after:String$order:IssueOrder!$states:[PullRequestState!]$commits:Int!$reviews:Int!$comments:Int!$threads:Int!$replies:Int!$few:Int!){node(id:$id){...on Repository{id pullRequests(first:$first after:$after orderBy:$order states:$states){pageInfo{hasNextPage endCursor}nodes{...PullRequestItem}}}}rateLimit{cost remaining resetAt}}fragment Person on Actor{__typename login ...on Node{id}}fragment CommitItem on PullRequestCommit{commit{oid message authoredDate committedDate additions deletions author{name email user{...Person}}}}fragment ReviewItem on PullRequestReview{id state body author{...Person}submittedAt updatedAt commit{oid}}fragment CommentItem on Comment{id body author{...Person}createdAt updatedAt ...on IssueComment{url}...on PullRequestReviewComment{url}}fragment ThreadItem on PullRequestReviewThread{id isResolved isOutdated resolvedBy{...Person}path line comments(first:$replies){pageInfo{hasNextPage endCursor}nodes{...CommentItem}}}fragment LabelItem on Label{id name color}fragment AssigneeItem on User{__typename id login}fragment ReviewRequestItem on ReviewRequest{requestedReviewer{__typename ...on Node{id}...on Actor{login}...on Team{name slug}}}fragment PullRequestItem on PullRequest{id fullDatabaseId number title body state isDraft url createdAt updatedAt closedAt mergedAt author{...Person}mergedBy{...Person}baseRefName headRefName headRefOid mergeCommit{oid}additions deletions changedFiles reviewDecision commits(first:$commits){pageInfo{hasNextPage endCursor}nodes{...CommitItem}}reviews(first:$reviews){pageInfo{hasNextPage endCursor}nodes{...ReviewItem}}comments(first:$comments){pageInfo{hasNextPage endCursor}nodes{...CommentItem}}reviewThreads(first:$threads){pageInfo{hasNextPage endCursor}nodes{...ThreadItem}}labels(first:$few){pageInfo{hasNextPage endCursor}nodes{...LabelItem}}assignees(first:$few){pageInfo{hasNextPage endCursor}nodes{...AssigneeItem}}reviewRequests(first:$few){pageInfo{hasNextPage endCursor}nodes{...ReviewRequestItem}}}',
  variables: (given: { readonly id: string; readonly first: number; readonly after?: string | null; readonly order: { readonly direction: 'ASC' | 'DESC'; readonly field: 'COMMENTS' | 'CREATED_AT' | 'UPDATED_AT' }; readonly states?: readonly ('CLOSED' | 'MERGED' | 'OPEN')[] | null; readonly commits: number; readonly reviews: number; readonly comments: number; readonly threads: number; readonly replies: number; readonly few: number }) => given,
  data: z.object({
    node: z.object({
      id: z.string(),
      pullRequests: z.object({
        pageInfo: pageInfo,
        nodes: z.array(z.unknown()),
      }),
    }).nullable(),
    rateLimit: z.object({
      cost: z.int(),
      remaining: z.int(),
      resetAt: requiredTime,
    }).nullable(),
  }),
}

/** One pull request with long first pages. */
export const pullRequestOperation = {
  text: 'query PullRequest($id:ID!$commits:Int!$reviews:Int!$comments:Int!$threads:Int!$replies:Int!$few:Int!){node(id:$id){...PullRequestItem}rateLimit{cost remaining resetAt}}fragment Person on Actor{__typename login ...on Node{id}}fragment CommitItem on PullRequestCommit{commit{oid message authoredDate committedDate additions deletions author{name email user{...Person}}}}fragment ReviewItem on PullRequestReview{id state body author{...Person}submittedAt updatedAt commit{oid}}fragment CommentItem on Comment{id body author{...Person}createdAt updatedAt ...on IssueComment{url}...on PullRequestReviewComment{url}}fragment ThreadItem on PullRequestReviewThread{id isResolved isOutdated resolvedBy{...Person}path line comments(first:$replies){pageInfo{hasNextPage endCursor}nodes{...CommentItem}}}fragment LabelItem on Label{id name color}fragment AssigneeItem on User{__typename id login}fragment ReviewRequestItem on ReviewRequest{requestedReviewer{__typename ...on Node{id}...on Actor{login}...on Team{name slug}}}fragment PullRequestItem on PullRequest{id fullDatabaseId number title body state isDraft url createdAt updatedAt closedAt mergedAt author{...Person}mergedBy{...Person}baseRefName headRefName headRefOid mergeCommit{oid}additions deletions changedFiles reviewDecision commits(first:$commits){pageInfo{hasNextPage endCursor}nodes{...CommitItem}}reviews(first:$reviews){pageInfo{hasNextPage endCursor}nodes{...ReviewItem}}comments(first:$comments){pageInfo{hasNextPage endCursor}nodes{...CommentItem}}reviewThreads(first:$threads){pageInfo{hasNextPage endCursor}nodes{...ThreadItem}}labels(first:$few){pageInfo{hasNextPage endCursor}nodes{...LabelItem}}assignees(first:$few){pageInfo{hasNextPage endCursor}nodes{...AssigneeItem}}reviewRequests(first:$few){pageInfo{hasNextPage endCursor}nodes{...ReviewRequestItem}}}',
  variables: (given: { readonly id: string; readonly commits: number; readonly reviews: number; readonly comments: number; readonly threads: number; readonly replies: number; readonly few: number }) => given,
  data: z.object({
    node: z.unknown().nullable(),
    rateLimit: z.object({
      cost: z.int(),
      remaining: z.int(),
      resetAt: requiredTime,
    }).nullable(),
  }),
}

export const moreCommitsOperation = {
  text: 'query MoreCommits($id:ID!$first:Int!$after:String){node(id:$id){...on PullRequest{id commits(first:$first after:$after){pageInfo{hasNextPage endCursor}nodes{...CommitItem}}}}rateLimit{cost remaining resetAt}}fragment Person on Actor{__typename login ...on Node{id}}fragment CommitItem on PullRequestCommit{commit{oid message authoredDate committedDate additions deletions author{name email user{...Person}}}}',
  variables: (given: { readonly id: string; readonly first: number; readonly after?: string | null }) => given,
  data: z.object({
    node: z.object({
      id: z.string(),
      commits: z.object({
        pageInfo: pageInfo,
        nodes: z.array(z.unknown()),
      }),
    }).nullable(),
    rateLimit: z.object({
      cost: z.int(),
      remaining: z.int(),
      resetAt: requiredTime,
    }).nullable(),
  }),
}

export const moreReviewsOperation = {
  text: 'query MoreReviews($id:ID!$first:Int!$after:String){node(id:$id){...on PullRequest{id reviews(first:$first after:$after){pageInfo{hasNextPage endCursor}nodes{...ReviewItem}}}}rateLimit{cost remaining resetAt}}fragment Person on Actor{__typename login ...on Node{id}}fragment ReviewItem on PullRequestReview{id state body author{...Person}submittedAt updatedAt commit{oid}}',
  variables: (given: { readonly id: string; readonly first: number; readonly after?: string | null }) => given,
  data: z.object({
    node: z.object({
      id: z.string(),
      reviews: z.object({
        pageInfo: pageInfo,
        nodes: z.array(z.unknown()),
      }),
    }).nullable(),
    rateLimit: z.object({
      cost: z.int(),
      remaining: z.int(),
      resetAt: requiredTime,
    }).nullable(),
  }),
}

export const moreCommentsOperation = {
  text: 'query MoreComments($id:ID!$first:Int!$after:String){node(id:$id){...on PullRequest{id comments(first:$first after:$after){pageInfo{hasNextPage endCursor}nodes{...CommentItem}}}}rateLimit{cost remaining resetAt}}fragment Person on Actor{__typename login ...on Node{id}}fragment CommentItem on Comment{id body author{...Person}createdAt updatedAt ...on IssueComment{url}...on PullRequestReviewComment{url}}',
  variables: (given: { readonly id: string; readonly first: number; readonly after?: string | null }) => given,
  data: z.object({
    node: z.object({
      id: z.string(),
      comments: z.object({
        pageInfo: pageInfo,
        nodes: z.array(z.unknown()),
      }),
    }).nullable(),
    rateLimit: z.object({
      cost: z.int(),
      remaining: z.int(),
      resetAt: requiredTime,
    }).nullable(),
  }),
}

export const moreReviewThreadsOperation = {
  text: 'query MoreReviewThreads($id:ID!$first:Int!$after:String$replies:Int!){node(id:$id){...on PullRequest{id reviewThreads(first:$first after:$after){pageInfo{hasNextPage endCursor}nodes{...ThreadItem}}}}rateLimit{cost remaining resetAt}}fragment Person on Actor{__typename login ...on Node{id}}fragment CommentItem on Comment{id body author{...Person}createdAt updatedAt ...on IssueComment{url}...on PullRequestReviewComment{url}}fragment ThreadItem on PullRequestReviewThread{id isResolved isOutdated resolvedBy{...Person}path line comments(first:$replies){pageInfo{hasNextPage endCursor}nodes{...CommentItem}}}',
  variables: (given: { readonly id: string; readonly first: number; readonly after?: string | null; readonly replies: number }) => given,
  data: z.object({
    node: z.object({
      id: z.string(),
      reviewThreads: z.object({
        pageInfo: pageInfo,
        nodes: z.array(z.unknown()),
      }),
    }).nullable(),
    rateLimit: z.object({
      cost: z.int(),
      remaining: z.int(),
      resetAt: requiredTime,
    }).nullable(),
  }),
}

export const moreLabelsOperation = {
  text: 'query MoreLabels($id:ID!$first:Int!$after:String){node(id:$id){...on PullRequest{id labels(first:$first after:$after){pageInfo{hasNextPage endCursor}nodes{...LabelItem}}}}rateLimit{cost remaining resetAt}}fragment LabelItem on Label{id name color}',
  variables: (given: { readonly id: string; readonly first: number; readonly after?: string | null }) => given,
  data: z.object({
    node: z.object({
      id: z.string(),
      labels: z.object({
        pageInfo: pageInfo,
        nodes: z.array(z.unknown()),
      }),
    }).nullable(),
    rateLimit: z.object({
      cost: z.int(),
      remaining: z.int(),
      resetAt: requiredTime,
    }).nullable(),
  }),
}

export const moreAssigneesOperation = {
  text: 'query MoreAssignees($id:ID!$first:Int!$after:String){node(id:$id){...on PullRequest{id assignees(first:$first after:$after){pageInfo{hasNextPage endCursor}nodes{...AssigneeItem}}}}rateLimit{cost remaining resetAt}}fragment AssigneeItem on User{__typename id login}',
  variables: (given: { readonly id: string; readonly first: number; readonly after?: string | null }) => given,
  data: z.object({
    node: z.object({
      id: z.string(),
      assignees: z.object({
        pageInfo: pageInfo,
        nodes: z.array(z.unknown()),
      }),
    }).nullable(),
    rateLimit: z.object({
      cost: z.int(),
      remaining: z.int(),
      resetAt: requiredTime,
    }).nullable(),
  }),
}

export const moreReviewRequestsOperation = {
  text: 'query MoreReviewRequests($id:ID!$first:Int!$after:String){node(id:$id){...on PullRequest{id reviewRequests(first:$first after:$after){pageInfo{hasNextPage endCursor}nodes{...ReviewRequestItem}}}}rateLimit{cost remaining resetAt}}fragment ReviewRequestItem on ReviewRequest{requestedReviewer{__typename ...on Node{id}...on Actor{login}...on Team{name slug}}}',
  variables: (given: { readonly id: string; readonly first: number; readonly after?: string | null }) => given,
  data: z.object({
    node: z.object({
      id: z.string(),
      reviewRequests: z.object({
        pageInfo: pageInfo,
        nodes: z.array(z.unknown()),
      }),
    }).nullable(),
    rateLimit: z.object({
      cost: z.int(),
      remaining: z.int(),
      resetAt: requiredTime,
    }).nullable(),
  }),
}

/** More comments of one review thread. */
export const moreRepliesOperation = {
  text: 'query MoreReplies($id:ID!$first:Int!$after:String){node(id:$id){...on PullRequestReviewThread{id comments(first:$first after:$after){pageInfo{hasNextPage endCursor}nodes{...CommentItem}}}}rateLimit{cost remaining resetAt}}fragment Person on Actor{__typename login ...on Node{id}}fragment CommentItem on Comment{id body author{...Person}createdAt updatedAt ...on IssueComment{url}...on PullRequestReviewComment{url}}',
  variables: (given: { readonly id: string; readonly first: number; readonly after?: string | null }) => given,
  data: z.object({
    node: z.object({
      id: z.string(),
      comments: z.object({
        pageInfo: pageInfo,
        nodes: z.array(z.unknown()),
      }),
    }).nullable(),
    rateLimit: z.object({
      cost: z.int(),
      remaining: z.int(),
      resetAt: requiredTime,
    }).nullable(),
  }),
}
