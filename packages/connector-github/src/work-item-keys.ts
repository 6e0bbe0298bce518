/** What looks like a key may be none, such as UTF-8: whoever resolves keys knows which exist. */
const KEY = /(?<![A-Za-z0-9])([A-Z][A-Z0-9]{1,19})-([1-9]\d{0,9})(?![A-Za-z0-9])/g
const KEY_IN_BRANCH = new RegExp(KEY.source, 'gi')

export interface NamedIn {
  readonly title: string | null
  readonly branch: string | null
  readonly body: string | null
  readonly commits: readonly (string | null)[]
}

export interface FoundKey {
  readonly key: string
  readonly source: 'title' | 'branch' | 'body' | 'commit'
}

/** Keys of work items in the texts of a pull request. Branch names are written in lower case more often than not. */
export function workItemKeys({ title, branch, body, commits }: NamedIn): readonly FoundKey[] {
  const found = [
    ...keysIn(title, KEY).map((key) => ({ key, source: 'title' as const })),
    ...keysIn(branch, KEY_IN_BRANCH).map((key) => ({ key, source: 'branch' as const })),
    ...keysIn(body, KEY).map((key) => ({ key, source: 'body' as const })),
    ...commits.flatMap((message) => keysIn(message, KEY).map((key) => ({ key, source: 'commit' as const }))),
  ]
  return [...new Map(found.map((each) => [`${each.source} ${each.key}`, each])).values()]
}

function keysIn(text: string | null, pattern: RegExp): readonly string[] {
  return Array.from(
    (text ?? '').matchAll(pattern),
    ([, project = '', number = '']) => `${project.toUpperCase()}-${number}`,
  )
}
