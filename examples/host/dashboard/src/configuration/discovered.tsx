import { Badge } from '../parts/badge.tsx'
import { Panel } from '../parts/page-head.tsx'
import { Answer, type Answered } from '../parts/states.tsx'
import { counted } from '../parts/words.ts'

interface Found {
  readonly id: string
  readonly name: string
  readonly work_items: number
  readonly mapping_id: string | null
}

/** What the provider has, whether or not it is mapped. */
export function Discovered(props: { readonly title: string; readonly query: Answered<readonly Found[]> }) {
  return (
    <Panel title={props.title} className="mt-8">
      <Answer query={props.query}>
        {(list) =>
          list.length === 0 ? (
            <p className="text-soft">None yet. Run the job of this account once.</p>
          ) : (
            <ul className="flex flex-wrap gap-2.5">
              {byName(list).map((found) => (
                <li
                  key={found.name}
                  className="flex items-center gap-2 rounded-xl border border-line px-3 py-1.5 text-sm"
                >
                  <span className="font-medium">{found.name}</span>
                  <span className="text-soft">{counted(found.work_items, 'work item')}</span>
                  {found.mapping_id && <Badge look="good">mapped</Badge>}
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
    </Panel>
  )
}

/** Providers have several of one name; mappings go by names, and mean all of them. */
function byName(list: readonly Found[]): readonly Found[] {
  const named = new Map<string, Found>()
  for (const found of list) {
    const { work_items = 0 } = named.get(found.name) ?? {}
    named.set(found.name, { ...found, work_items: work_items + found.work_items })
  }
  return [...named.values()]
}
