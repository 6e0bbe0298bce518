import { Search } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { useAction } from '../api/use-api.ts'
import { Badge } from '../parts/badge.tsx'
import { Button } from '../parts/button.tsx'
import { SelectField, TextField } from '../parts/field.tsx'
import { Panel } from '../parts/page-head.tsx'
import { Failed } from '../parts/states.tsx'

const list = (given: FormDataEntryValue | null): string[] =>
  String(given ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')

/** What was found: its title, where it stands at the provider, and the words that suit. */
function Match({ text, payload }: { readonly text: string; readonly payload: { readonly [field: string]: unknown } }) {
  const { title, url, work_item_key: issue, repository_name: repository } = payload
  // A title leads the text of each chunk.
  const [head, body] = title ? split(text) : ['', text]
  const place = [issue, repository, head].filter(Boolean).join(' · ')
  return (
    <div className="min-w-0 flex-1 break-words">
      {place !== '' && (
        <p className="font-medium">
          {isLink(url) ? (
            <a href={url} target="_blank" rel="noreferrer" className="underline">
              {place}
            </a>
          ) : (
            place
          )}
        </p>
      )}
      <p className="line-clamp-3">{body}</p>
    </div>
  )
}

/** Addresses come from the provider, whom nobody has to trust. */
function isLink(url: unknown): url is string {
  return typeof url === 'string' && /^https?:/.test(url)
}

function split(text: string): readonly [string, string] {
  const end = text.indexOf('\n\n')
  return end < 0 ? [text, ''] : [text.slice(0, end), text.slice(end + 2)]
}

export function SearchBox() {
  const search = useAction('search', { spoils: [], quiet: true })
  const [asked, setAsked] = useState('')
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const given = new FormData(event.currentTarget)
    const query = String(given.get('query')).trim()
    if (query === '') return
    const filters = ['source_type', 'entity', 'project', 'status'].map((name) => [name, list(given.get(name))] as const)
    setAsked(query)
    search.mutate({
      body: { query, filters: Object.fromEntries(filters.filter(([, values]) => values.length > 0)), limit: 20 },
    })
  }
  return (
    <Panel>
      <form onSubmit={submit} aria-label="Search" className="flex flex-col gap-3">
        <div className="flex gap-2">
          <input
            name="query"
            type="search"
            aria-label="What to find"
            placeholder="payment fails after retry"
            className="h-11 min-w-0 flex-1 rounded-lg border border-line bg-panel px-4"
          />
          <Button type="submit" look="main" busy={search.isPending} className="h-11">
            <Search aria-hidden className="size-4" /> Search
          </Button>
        </div>
        <details>
          <summary className="cursor-pointer text-sm text-soft">Filters</summary>
          <div className="mt-3 grid gap-x-4 sm:grid-cols-4">
            <SelectField label="Source" name="source_type" defaultValue="">
              <option value="">All</option>
              <option>JIRA</option>
              <option>GITHUB</option>
            </SelectField>
            <TextField label="Entity" name="entity" placeholder="work_items, prs" />
            <TextField label="Project" name="project" placeholder="BEX, PAY" />
            <TextField label="Status" name="status" placeholder="In Progress" />
          </div>
        </details>
      </form>
      {search.error && <Failed error={search.error} />}
      {search.data && (
        <div role="status" className="mt-4">
          <p className="mb-3 text-sm text-soft">
            {search.data.hits.length === 0
              ? `Nothing was found for “${asked}”. Try other words, or fewer filters.`
              : `Best matches for “${asked}”`}
            {!search.data.semantic && search.data.profile !== null && ' · this model finds shared words only'}
          </p>
          <ol aria-label="Matches" className="divide-y divide-line">
            {search.data.hits.map((hit) => (
              <li key={hit.row_id} className="flex items-start gap-3 py-3">
                <Badge>{hit.entity}</Badge>
                <Match {...hit} />
                <span className="text-sm text-soft">{hit.score.toFixed(3)}</span>
              </li>
            ))}
          </ol>
        </div>
      )}
    </Panel>
  )
}
