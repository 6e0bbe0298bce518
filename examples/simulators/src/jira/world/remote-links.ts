import type { Issue } from './world.ts'

export interface RemoteLink {
  readonly id: string
  readonly title: string
}

/** The remote links of an issue: those that its history says were made. */
export const remoteLinksOf = ({ histories }: Pick<Issue, 'histories'>): readonly RemoteLink[] => {
  const links = new Map<string, RemoteLink>()
  for (const { items } of histories) {
    for (const { field, to, toText } of items) {
      if (field === 'RemoteIssueLink' && to !== null) links.set(to, { id: to, title: toText ?? '' })
    }
  }
  return [...links.values()]
}
