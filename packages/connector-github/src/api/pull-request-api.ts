import { z } from 'zod'
import { pageInfo } from './fields.ts'
import { type PullRequestItem, pullRequestItem } from './pull-requests.graphql.ts'

/** The lists of a pull request, each of which may go on beyond its first page. */
const LISTS = {
  commits: true,
  reviews: true,
  comments: true,
  reviewThreads: true,
  labels: true,
  assignees: true,
  reviewRequests: true,
} as const

export type ListName = keyof typeof LISTS

export const LIST_NAMES = Object.keys(LISTS) as readonly ListName[]

const { id, updatedAt } = pullRequestItem.shape

/** More of a list of a pull request, or more comments of one of its threads. */
export const morePage = pullRequestItem.pick(LISTS).partial().extend({ id })

const end = z.object({ pageInfo })

/** What reading on needs of a pull request: where each of its lists ended. */
export const pullRequestEnds = z.object({
  id: id.catch(''),
  updatedAt: updatedAt.catch(new Date(0)),
  commits: end,
  reviews: end,
  comments: end,
  labels: end,
  assignees: end,
  reviewRequests: end,
  reviewThreads: z.object({ pageInfo, nodes: z.array(z.object({ id, comments: end }).nullable()) }),
} satisfies { readonly [Name in keyof PullRequestItem]?: z.ZodType })

export const moreEnds = pullRequestEnds.omit({ updatedAt: true }).partial()

export type PullRequestEnds = z.output<typeof pullRequestEnds>
export type MorePage = z.output<typeof morePage>
