import { toast } from 'sonner'
import { token } from '../api/token.ts'
import { useAction } from '../api/use-api.ts'
import { EntryModal } from '../configuration/entry-modal.tsx'
import { TextField } from '../parts/field.tsx'
import { useSession } from '../session/session.tsx'

const LEAST_CHARACTERS = 12

/** Changes one's own password. It ends all sessions, so this one logs in again with the new one. */
export function PasswordModal({ onClose }: { readonly onClose: () => void }) {
  const { account, logIn } = useSession()
  const change = useAction('changePassword', { spoils: [], quiet: true })
  return (
    <EntryModal
      title="Change password"
      about="You stay logged in here, and nowhere else"
      initial={{ current: '', next: '' }}
      onClose={onClose}
      save={async ({ current, next }) => {
        await change.mutateAsync({ body: { current_password: current, new_password: next } })
        toast.success('The password is changed.')
        await logIn(account?.email ?? '', next).catch(() => token.end())
      }}
    >
      {(draft, set) => (
        <>
          <TextField
            label="Current password"
            type="password"
            autoComplete="current-password"
            required
            value={draft.current}
            onChange={(event) => set({ current: event.target.value })}
          />
          <TextField
            label="New password"
            type="password"
            autoComplete="new-password"
            required
            minLength={LEAST_CHARACTERS}
            value={draft.next}
            hint={`${LEAST_CHARACTERS} characters at least.`}
            onChange={(event) => set({ next: event.target.value })}
          />
        </>
      )}
    </EntryModal>
  )
}
