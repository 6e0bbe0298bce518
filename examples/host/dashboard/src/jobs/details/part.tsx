import type { ReactNode } from 'react'

/** A part of the dialog. */
export function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section>
      <h3 className="mb-3 font-semibold">{title}</h3>
      {children}
    </section>
  )
}

/** Facts, each with its name. */
export function Facts({ of }: { readonly of: Readonly<Record<string, ReactNode>> }) {
  return (
    <dl className="grid grid-cols-2 gap-3 sm:grid-cols-4">
      {Object.entries(of).map(([name, value]) => (
        <div key={name} className="min-w-0 rounded-xl bg-sunken px-4 py-3">
          <dt className="text-sm text-soft">{name}</dt>
          <dd className="break-words font-semibold">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
