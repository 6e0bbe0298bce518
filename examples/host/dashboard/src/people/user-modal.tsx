import { toast } from 'sonner'
import { USER_ROLES, type UserRole } from '#contract/route.ts'
import type { User } from '#contract/users.ts'
import { useAction } from '../api/use-api.ts'
import { EntryModal } from '../configuration/entry-modal.tsx'
import { SelectField, TextField } from '../parts/field.tsx'

const SPOILS = ['listUsers'] as const
const LEAST_CHARACTERS = 12

const ROLE_WORDS: Readonly<Record<UserRole, string>> = {
  user: 'user: looks',
  operator: 'operator: runs jobs, requeues, maps',
  admin: 'admin: decides about accounts and people too',
}

/** Adds somebody, or changes what somebody may do. */
export function UserModal({ user, onClose }: { readonly user: User | undefined; readonly onClose: () => void }) {
  const create = useAction('createUser', { spoils: SPOILS, quiet: true })
  const update = useAction('updateUser', { spoils: SPOILS, quiet: true })
  return (
    <EntryModal
      title={user ? `Edit ${user.email}` : 'Add user'}
      about={user ? 'A new role, password or state ends the sessions of this user' : 'Somebody of your organisation'}
      initial={{
        email: user?.email ?? '',
        display_name: user?.display_name ?? '',
        role: user?.role ?? ('user' as UserRole),
        password: '',
        active: user?.active ?? true,
      }}
      onClose={onClose}
      save={async ({ email, display_name, role, password, active }) => {
        const name = display_name.trim() || null
        if (user) {
          const changes = {
            display_name: name,
            ...(role !== user.role && { role }),
            ...(active !== user.active && { active }),
            ...(password !== '' && { password }),
          }
          await update.mutateAsync({ params: { id: user.id }, body: changes })
        } else await create.mutateAsync({ body: { email, password, role, display_name: name } })
        toast.success(`Saved ${email}.`)
      }}
    >
      {(draft, change) => (
        <>
          <TextField
            label="E-mail"
            type="email"
            required
            disabled={user !== undefined}
            value={draft.email}
            onChange={(event) => change({ email: event.target.value })}
          />
          <TextField
            label="Name"
            value={draft.display_name}
            onChange={(event) => change({ display_name: event.target.value })}
          />
          <SelectField
            label="Role"
            value={draft.role}
            onChange={(event) => change({ role: USER_ROLES.find((role) => role === event.target.value) ?? 'user' })}
          >
            {USER_ROLES.map((role) => (
              <option key={role} value={role}>
                {ROLE_WORDS[role]}
              </option>
            ))}
          </SelectField>
          <TextField
            label={user ? 'New password' : 'Password'}
            type="password"
            autoComplete="new-password"
            required={!user}
            minLength={LEAST_CHARACTERS}
            value={draft.password}
            hint={`${LEAST_CHARACTERS} characters at least.${user ? ' Leave empty to keep the present one.' : ''}`}
            onChange={(event) => change({ password: event.target.value })}
          />
          {user && (
            <label className="flex items-center gap-2.5 text-sm font-medium">
              <input
                type="checkbox"
                checked={draft.active}
                onChange={(event) => change({ active: event.target.checked })}
                className="size-4 accent-(--color-1)"
              />
              May log in
            </label>
          )}
        </>
      )}
    </EntryModal>
  )
}
