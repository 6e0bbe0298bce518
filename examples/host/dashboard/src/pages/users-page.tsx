import { Plus } from 'lucide-react'
import { useState } from 'react'
import type { User } from '#contract/users.ts'
import { useAction, useAnswer } from '../api/use-api.ts'
import { EntryActions } from '../configuration/entry-actions.tsx'
import { Badge } from '../parts/badge.tsx'
import { Button } from '../parts/button.tsx'
import { Confirm } from '../parts/confirm.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Answer } from '../parts/states.tsx'
import { Cell, Table } from '../parts/table.tsx'
import { moment } from '../parts/words.ts'
import { UserModal } from '../people/user-modal.tsx'
import { useSession } from '../session/session.tsx'

type Open = { readonly kind: 'edit' | 'delete'; readonly user: User } | { readonly kind: 'create' }
const ROLE_LOOKS = { user: 'plain', operator: 'busy', admin: 'warn' } as const

export default function UsersPage() {
  const users = useAnswer('listUsers', {})
  const [open, setOpen] = useState<Open | null>(null)
  const { may, account } = useSession()
  const close = (): void => setOpen(null)
  const add = may('admin') && (
    <Button look="main" onClick={() => setOpen({ kind: 'create' })}>
      <Plus aria-hidden className="size-4" /> Add user
    </Button>
  )
  return (
    <>
      <PageHead title="Users" actions={add}>
        Who may look, who may operate what runs, and who decides about accounts and people.
      </PageHead>
      <Answer query={users}>
        {(list) => (
          <Table caption="Users" heads={['User', 'Role', 'State', 'Since', '']}>
            {list.map((user) => (
              <tr key={user.id}>
                <Cell>
                  <p className="font-medium">
                    {user.display_name ?? user.email}
                    {user.id === account?.id && <span className="font-normal text-soft"> (you)</span>}
                  </p>
                  {user.display_name && <p className="text-sm text-soft">{user.email}</p>}
                </Cell>
                <Cell>
                  <Badge look={ROLE_LOOKS[user.role]}>{user.role}</Badge>
                </Cell>
                <Cell>
                  <Badge look={user.active ? 'good' : 'bad'}>{user.active ? 'active' : 'locked out'}</Badge>
                </Cell>
                <Cell className="whitespace-nowrap text-sm text-soft">{moment(user.created_at)}</Cell>
                <Cell>
                  <EntryActions
                    name={user.email}
                    onEdit={() => setOpen({ kind: 'edit', user })}
                    onDelete={() => setOpen({ kind: 'delete', user })}
                  />
                </Cell>
              </tr>
            ))}
          </Table>
        )}
      </Answer>
      {open?.kind === 'create' && <UserModal user={undefined} onClose={close} />}
      {open?.kind === 'edit' && <UserModal user={open.user} onClose={close} />}
      {open?.kind === 'delete' && <Deletion user={open.user} onClose={close} />}
    </>
  )
}

function Deletion({ user, onClose }: { readonly user: User; readonly onClose: () => void }) {
  const remove = useAction('deleteUser', { spoils: ['listUsers'], success: ({ message }) => message })
  return (
    <Confirm
      title={`Delete ${user.email}?`}
      action="Delete the user"
      busy={remove.isPending}
      onClose={onClose}
      onConfirm={() => remove.mutate({ params: { id: user.id } }, { onSuccess: onClose })}
    >
      The sessions of this user end at once. What the user did stays in the audit log.
    </Confirm>
  )
}
