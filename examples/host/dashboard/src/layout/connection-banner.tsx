import { CloudOff } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { toast } from 'sonner'
import { useLive } from '../live/live.tsx'

/** Says when what is shown may be old, and when it is live again. */
export function ConnectionBanner() {
  const { state } = useLive()
  const lost = useRef(false)
  useEffect(() => {
    if (state === 'live' && lost.current) toast.success('Connected again. Everything shown is up to date.')
    if (state !== 'connecting') lost.current = state === 'lost'
  }, [state])
  return (
    <div role="status">
      {state === 'lost' && (
        <p className="rise mb-6 flex items-center gap-3 rounded-xl border border-grain/40 bg-warn-ground px-4 py-3 text-grain">
          <CloudOff aria-hidden className="size-5 shrink-0" />
          <span>
            <strong>Connection lost.</strong> What you see may be old. Connecting again by itself; work goes on without
            this page.
          </span>
        </p>
      )}
    </div>
  )
}
