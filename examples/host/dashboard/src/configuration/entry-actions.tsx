import { Pencil, Trash2 } from 'lucide-react'
import { IconButton } from '../parts/button.tsx'
import { useSession } from '../session/session.tsx'

export function EntryActions({
  name,
  onEdit,
  onDelete,
}: {
  readonly name: string
  readonly onEdit: () => void
  readonly onDelete: () => void
}) {
  const { may } = useSession()
  if (!may('operator')) return null
  return (
    <span className="flex justify-end">
      <IconButton label={`Edit ${name}`} onClick={onEdit}>
        <Pencil aria-hidden className="size-4" />
      </IconButton>
      <IconButton label={`Delete ${name}`} onClick={onDelete}>
        <Trash2 aria-hidden className="size-4" />
      </IconButton>
    </span>
  )
}
