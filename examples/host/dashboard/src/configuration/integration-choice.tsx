import { Plug } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Link } from 'react-router'
import { useAnswer } from '../api/use-api.ts'
import { Answer, Empty } from '../parts/states.tsx'

/** What people configure belongs to an account: chooses one, the first unless another is picked. */
export function IntegrationChoice({
  type,
  children,
}: {
  readonly type?: string
  readonly children: (integrationId: number) => ReactNode
}) {
  const integrations = useAnswer('listIntegrations', {})
  const [chosen, setChosen] = useState<number | null>(null)
  return (
    <Answer query={integrations}>
      {(all) => {
        const list = all.filter((integration) => type === undefined || integration.type === type)
        const current = list.find(({ id }) => id === chosen) ?? list[0]
        if (!current) {
          return (
            <Empty icon={Plug} title="No account to configure">
              This belongs to an account.{' '}
              <Link to="/integrations" className="text-water underline">
                Add an integration
              </Link>{' '}
              and run its job once.
            </Empty>
          )
        }
        return (
          <>
            {list.length > 1 && (
              <label className="mb-5 flex items-center gap-3 text-sm font-medium">
                Account
                <select
                  value={current.id}
                  onChange={(event) => setChosen(Number(event.target.value))}
                  className="h-9 rounded-lg border border-line bg-panel px-3"
                >
                  {list.map(({ id, name }) => (
                    <option key={id} value={id}>
                      {name}
                    </option>
                  ))}
                </select>
              </label>
            )}
            {children(current.id)}
          </>
        )
      }}
    </Answer>
  )
}
