/** Who does things: a user, a bot, an account that an import made up, or one that an enterprise owns. */
export interface Person {
  readonly type: 'User' | 'Bot' | 'Mannequin' | 'EnterpriseUserAccount'
  readonly id: string
  readonly login: string
  readonly name: string | null
}

export interface Team {
  readonly type: 'Team'
  readonly id: string
  readonly slug: string
  readonly name: string
}

/** What lists are ordered by: epoch milliseconds, then a number that is never used again. */
export interface Placed {
  readonly at: number
  readonly serial: number
}

export interface CommitFact extends Placed {
  readonly oid: string
  readonly message: string
  readonly authoredAt: number
  readonly committedAt: number
  readonly author: Person | null
  readonly authorName: string
  readonly authorEmail: string
  readonly additions: number
  readonly deletions: number
}

export interface ReviewFact extends Placed {
  readonly id: string
  readonly author: Person | null
  readonly state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED'
  readonly body: string
  readonly updatedAt: number
  readonly commitOid: string | null
}

export interface CommentFact extends Placed {
  readonly id: string
  readonly author: Person | null
  readonly body: string
  readonly updatedAt: number
}

export interface ThreadFact extends Placed {
  readonly id: string
  readonly path: string
  readonly line: number | null
  readonly resolvedBy: Person | null
  readonly isOutdated: boolean
  readonly comments: readonly CommentFact[]
}

export interface LabelFact {
  readonly id: string
  readonly name: string
  readonly color: string
}

/** A pull request as the site holds it, complete. */
export interface PullRequestFact {
  readonly repository: number
  readonly number: number
  readonly id: string
  /** Larger than a double can count, as GitHub's ids may be. */
  readonly fullDatabaseId: string
  readonly title: string
  readonly body: string
  readonly state: 'OPEN' | 'CLOSED' | 'MERGED'
  readonly isDraft: boolean
  readonly createdAt: number
  readonly updatedAt: number
  readonly closedAt: number | null
  readonly mergedAt: number | null
  readonly author: Person | null
  readonly mergedBy: Person | null
  readonly baseRefName: string
  readonly headRefName: string
  readonly mergeCommitOid: string | null
  readonly changedFiles: number
  readonly labels: readonly LabelFact[]
  readonly assignees: readonly Person[]
  readonly reviewers: readonly (Person | Team)[]
  readonly commits: readonly CommitFact[]
  readonly reviews: readonly ReviewFact[]
  readonly comments: readonly CommentFact[]
  readonly threads: readonly ThreadFact[]
}

export interface ReleaseFact extends Placed {
  readonly id: string
  readonly tagName: string
  readonly name: string | null
  readonly description: string | null
  readonly isDraft: boolean
  readonly isPrerelease: boolean
  readonly author: Person | null
  readonly commitOid: string | null
  readonly publishedAt: number | null
  readonly updatedAt: number
}

export interface DeploymentFact extends Placed {
  readonly id: string
  readonly environment: string
  readonly state: 'ACTIVE' | 'INACTIVE' | 'FAILURE'
  readonly task: string
  readonly description: string | null
  readonly commitOid: string
  readonly creator: Person
  readonly updatedAt: number
}

export interface RepositoryFact {
  readonly index: number
  readonly id: string
  readonly databaseId: number
  readonly owner: string
  readonly name: string
  readonly description: string | null
  readonly isArchived: boolean
  readonly isFork: boolean
  readonly isPrivate: boolean
  readonly topics: readonly string[]
  readonly language: string
  readonly createdAt: number
  readonly updatedAt: number
  readonly pushedAt: number
}
