// Written by "npm run github-queries" from shipping.graphql and GitHub's schema.
import { z } from 'zod'
import { flag, lenient, optionalTime, pageInfo, requiredTime, text } from './fields.ts'

const person = z.object({
  __typename: z.string(),
  login: z.string(),
  id: text,
})

export const releaseItem = z.object({
  id: z.string(),
  tagName: text,
  name: text,
  description: text,
  url: text,
  isDraft: flag,
  isPrerelease: flag,
  isLatest: flag,
  author: lenient(person),
  tagCommit: lenient(z.object({
    oid: z.string(),
  })),
  createdAt: optionalTime,
  publishedAt: optionalTime,
  updatedAt: optionalTime,
})

export type ReleaseItem = z.output<typeof releaseItem>

export const deploymentItem = z.object({
  id: z.string(),
  environment: text,
  originalEnvironment: text,
  state: text,
  task: text,
  description: text,
  commitOid: text,
  ref: lenient(z.object({
    name: text,
  })),
  creator: lenient(person),
  createdAt: requiredTime,
  updatedAt: requiredTime,
})

export type DeploymentItem = z.output<typeof deploymentItem>

/** A page of the releases of a repository. */
export const releasesOperation = {
  text: 'query Releases($id:ID!$first:Int!$after:String){node(id:$id){...on Repository{id releases(first:$first after:$after orderBy:{field:CREATED_AT direction:DESC}){pageInfo{hasNextPage endCursor}nodes{...ReleaseItem}}}}rateLimit{cost remaining resetAt}}fragment Person on Actor{__typename login ...on Node{id}}fragment ReleaseItem on Release{id tagName name description url isDraft isPrerelease isLatest author{...Person}tagCommit{oid}createdAt publishedAt updatedAt}',
  variables: (given: { readonly id: string; readonly first: number; readonly after?: string | null }) => given,
  data: z.object({
    node: z.object({
      id: z.string(),
      releases: z.object({
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

/** A page of the deployments of a repository, the latest first. */
export const deploymentsOperation = {
  text: 'query Deployments($id:ID!$first:Int!$after:String){node(id:$id){...on Repository{id deployments(first:$first after:$after orderBy:{field:CREATED_AT direction:DESC}){pageInfo{hasNextPage endCursor}nodes{...DeploymentItem}}}}rateLimit{cost remaining resetAt}}fragment Person on Actor{__typename login ...on Node{id}}fragment DeploymentItem on Deployment{id environment originalEnvironment state task description commitOid ref{name}creator{...Person}createdAt updatedAt}',
  variables: (given: { readonly id: string; readonly first: number; readonly after?: string | null }) => given,
  data: z.object({
    node: z.object({
      id: z.string(),
      deployments: z.object({
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

/** Deployments by id: null where there is none any more. */
export const deploymentsByIdOperation = {
  text: 'query DeploymentsById($ids:[ID!]!){nodes(ids:$ids){...DeploymentItem}rateLimit{cost remaining resetAt}}fragment Person on Actor{__typename login ...on Node{id}}fragment DeploymentItem on Deployment{id environment originalEnvironment state task description commitOid ref{name}creator{...Person}createdAt updatedAt}',
  variables: (given: { readonly ids: readonly (string)[] }) => given,
  data: z.object({
    nodes: z.array(z.unknown()),
    rateLimit: z.object({
      cost: z.int(),
      remaining: z.int(),
      resetAt: requiredTime,
    }).nullable(),
  }),
}
