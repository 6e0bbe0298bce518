import { LoaderCircle, type LucideIcon, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from './button.tsx'

export function Loading({ label = 'Loading' }: { readonly label?: string }) {
  return (
    <div role="status" className="flex min-h-60 items-center justify-center gap-3 text-soft">
      <LoaderCircle aria-hidden className="size-5 motion-safe:animate-spin" /> {label}…
    </div>
  )
}

/** Nothing is there yet: says what would be here, and what brings it. */
export function Empty(props: {
  readonly icon: LucideIcon
  readonly title: string
  readonly children: ReactNode
  readonly action?: ReactNode
}) {
  return (
    <div className="flex flex-col items-center rounded-2xl border border-dashed border-line px-6 py-14 text-center">
      <span className="mb-4 flex size-14 items-center justify-center rounded-2xl bg-sunken text-reed">
        <props.icon aria-hidden className="size-7" />
      </span>
      <h2 className="text-lg font-semibold">{props.title}</h2>
      <p className="mt-1 max-w-md text-soft">{props.children}</p>
      {props.action && <div className="mt-5">{props.action}</div>}
    </div>
  )
}

export function Failed(props: {
  readonly error: Error
  /** What it is about, where the error does not say that. */
  readonly about?: string
  readonly onRetry?: () => void
}) {
  const { error, about, onRetry } = props
  return (
    <div
      role="alert"
      className="flex items-center gap-3 rounded-xl border border-bad/30 bg-bad-ground px-4 py-3 text-bad"
    >
      <TriangleAlert aria-hidden className="size-5 shrink-0" />
      <p className="min-w-0 flex-1 break-words">
        {error.message} {about}
      </p>
      {onRetry && <Button onClick={onRetry}>Try again</Button>}
    </div>
  )
}

/** A query, as far as it shows what came of it. */
export interface Answered<Data> {
  readonly data: Data | undefined
  readonly error: Error | null
  readonly failureReason: Error | null
  readonly refetch: () => unknown
}

/** What a query has come to: waiting, failed, or its data; with data that could not be read anew, both. */
export function Answer<Data>(props: { readonly query: Answered<Data>; readonly children: (data: Data) => ReactNode }) {
  const { data, error, failureReason, refetch } = props.query
  if (data === undefined) {
    const failure = error ?? failureReason
    return failure ? <Failed error={failure} onRetry={() => void refetch()} /> : <Loading />
  }
  return (
    <>
      {error && (
        <div className="mb-4">
          <Failed error={error} about="What stands below may be old." onRetry={() => void refetch()} />
        </div>
      )}
      {props.children(data)}
    </>
  )
}

/** Why a query has no answer, where something else stands in the place of its data; nothing while it goes well. */
export function Trouble({ query, about }: { readonly query: Answered<unknown>; readonly about?: string }) {
  const failure = query.error ?? (query.data === undefined ? query.failureReason : null)
  return failure && <Failed error={failure} {...(about && { about })} onRetry={() => void query.refetch()} />
}

/** A query whose data mean nothing without those of another one. */
export function given<Data>(query: Answered<Data>, other: Answered<unknown>): Answered<Data> {
  const isThere = query.data !== undefined && other.data !== undefined
  return {
    data: isThere ? query.data : undefined,
    error: query.error ?? other.error,
    failureReason: query.failureReason ?? other.failureReason,
    refetch: () => Promise.all([query.refetch(), other.refetch()]),
  }
}
