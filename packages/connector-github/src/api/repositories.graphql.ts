// Written by "npm run github-queries" from repositories.graphql and GitHub's schema.
import { z } from 'zod'
import { connection, flag, lenient, optionalTime, pageInfo, requiredTime, text } from './fields.ts'

/** Besides itself, what tells whether its pull requests need reading at all. */
export const repositoryItem = z.object({
  id: z.string(),
  name: z.string(),
  nameWithOwner: z.string(),
  owner: z.object({
    login: z.string(),
  }),
  description: text,
  url: text,
  isArchived: flag,
  isFork: flag,
  isPrivate: flag,
  createdAt: optionalTime,
  updatedAt: optionalTime,
  pushedAt: optionalTime,
  defaultBranchRef: lenient(z.object({
    name: text,
  })),
  primaryLanguage: lenient(z.object({
    name: text,
  })),
  repositoryTopics: connection(z.object({
    topic: z.object({
      name: z.string(),
    }),
  })).optional(),
  latest: z.object({
    nodes: z.array(z.object({
      updatedAt: requiredTime,
    }).nullable()),
  }),
  open: z.object({
    totalCount: z.int(),
  }),
})

export type RepositoryItem = z.output<typeof repositoryItem>

/** Who the token belongs to. */
export const viewerOperation = {
  text: 'query Viewer{viewer{login}rateLimit{cost remaining resetAt}}',
  data: z.object({
    viewer: z.object({
      login: z.string(),
    }),
    rateLimit: z.object({
      cost: z.int(),
      remaining: z.int(),
      resetAt: requiredTime,
    }).nullable(),
  }),
}

/** What a personal token reaches. */
export const viewerRepositoriesOperation = {
  text: 'query ViewerRepositories($first:Int!$after:String$topics:Boolean!){viewer{repositories(first:$first after:$after affiliations:[OWNER COLLABORATOR ORGANIZATION_MEMBER]ownerAffiliations:[OWNER COLLABORATOR ORGANIZATION_MEMBER]){pageInfo{hasNextPage endCursor}nodes{...RepositoryItem}}}rateLimit{cost remaining resetAt}}fragment RepositoryItem on Repository{id name nameWithOwner owner{login}description url isArchived isFork isPrivate createdAt updatedAt pushedAt defaultBranchRef{name}primaryLanguage{name}repositoryTopics(first:100)@include(if:$topics){pageInfo{hasNextPage endCursor}nodes{topic{name}}}latest:pullRequests(first:1 orderBy:{field:UPDATED_AT direction:DESC}){nodes{updatedAt}}open:pullRequests(first:1 states:OPEN){totalCount}}',
  variables: (given: { readonly first: number; readonly after?: string | null; readonly topics: boolean }) => given,
  data: z.object({
    viewer: z.object({
      repositories: z.object({
        pageInfo: pageInfo,
        nodes: z.array(z.unknown()),
      }),
    }),
    rateLimit: z.object({
      cost: z.int(),
      remaining: z.int(),
      resetAt: requiredTime,
    }).nullable(),
  }),
}

/** What an organization or a user owns. */
export const ownerRepositoriesOperation = {
  text: 'query OwnerRepositories($owner:String!$first:Int!$after:String$topics:Boolean!){repositoryOwner(login:$owner){repositories(first:$first after:$after ownerAffiliations:[OWNER]){pageInfo{hasNextPage endCursor}nodes{...RepositoryItem}}}rateLimit{cost remaining resetAt}}fragment RepositoryItem on Repository{id name nameWithOwner owner{login}description url isArchived isFork isPrivate createdAt updatedAt pushedAt defaultBranchRef{name}primaryLanguage{name}repositoryTopics(first:100)@include(if:$topics){pageInfo{hasNextPage endCursor}nodes{topic{name}}}latest:pullRequests(first:1 orderBy:{field:UPDATED_AT direction:DESC}){nodes{updatedAt}}open:pullRequests(first:1 states:OPEN){totalCount}}',
  variables: (given: { readonly owner: string; readonly first: number; readonly after?: string | null; readonly topics: boolean }) => given,
  data: z.object({
    repositoryOwner: z.object({
      repositories: z.object({
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

/** One repository by name; GitHub follows renames. */
export const namedRepositoryOperation = {
  text: 'query NamedRepository($owner:String!$name:String!$topics:Boolean!){repository(owner:$owner name:$name){...RepositoryItem}rateLimit{cost remaining resetAt}}fragment RepositoryItem on Repository{id name nameWithOwner owner{login}description url isArchived isFork isPrivate createdAt updatedAt pushedAt defaultBranchRef{name}primaryLanguage{name}repositoryTopics(first:100)@include(if:$topics){pageInfo{hasNextPage endCursor}nodes{topic{name}}}latest:pullRequests(first:1 orderBy:{field:UPDATED_AT direction:DESC}){nodes{updatedAt}}open:pullRequests(first:1 states:OPEN){totalCount}}',
  variables: (given: { readonly owner: string; readonly name: string; readonly topics: boolean }) => given,
  data: z.object({
    repository: z.unknown().nullable(),
    rateLimit: z.object({
      cost: z.int(),
      remaining: z.int(),
      resetAt: requiredTime,
    }).nullable(),
  }),
}

/** Repositories by id: null where there is none any more. */
export const repositoriesByIdOperation = {
  text: 'query RepositoriesById($ids:[ID!]!$topics:Boolean!){nodes(ids:$ids){...RepositoryItem}rateLimit{cost remaining resetAt}}fragment RepositoryItem on Repository{id name nameWithOwner owner{login}description url isArchived isFork isPrivate createdAt updatedAt pushedAt defaultBranchRef{name}primaryLanguage{name}repositoryTopics(first:100)@include(if:$topics){pageInfo{hasNextPage endCursor}nodes{topic{name}}}latest:pullRequests(first:1 orderBy:{field:UPDATED_AT direction:DESC}){nodes{updatedAt}}open:pullRequests(first:1 states:OPEN){totalCount}}',
  variables: (given: { readonly ids: readonly (string)[]; readonly topics: boolean }) => given,
  data: z.object({
    nodes: z.array(z.unknown()),
    rateLimit: z.object({
      cost: z.int(),
      remaining: z.int(),
      resetAt: requiredTime,
    }).nullable(),
  }),
}
