import type { ReactNode } from 'react'

export function PageHead(props: {
  readonly title: string
  readonly children: ReactNode
  readonly actions?: ReactNode
}) {
  return (
    <div className="mb-7 flex flex-wrap items-end justify-between gap-4">
      <div className="max-w-3xl">
        <h1 className="text-[1.75rem] font-semibold leading-tight tracking-tight">{props.title}</h1>
        <p className="mt-1 text-soft">{props.children}</p>
      </div>
      {props.actions && <div className="flex flex-wrap items-center gap-2">{props.actions}</div>}
    </div>
  )
}

export function Panel({
  title,
  aside,
  children,
  className = '',
}: {
  readonly title?: string
  readonly aside?: ReactNode
  readonly children: ReactNode
  readonly className?: string
}) {
  return (
    <section
      aria-label={title}
      className={`min-w-0 rounded-2xl border border-line bg-panel p-5 shadow-lift ${className}`}
    >
      {title && (
        <div className="mb-4 flex flex-wrap items-center justify-between gap-3">
          <h2 className="text-base font-semibold">{title}</h2>
          {aside}
        </div>
      )}
      {children}
    </section>
  )
}
