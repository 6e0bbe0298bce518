import type { ReactNode } from 'react'

/** A table that scrolls within itself where it is wider than the screen. */
export function Table({
  caption,
  heads,
  children,
}: {
  readonly caption: string
  readonly heads: readonly string[]
  readonly children: ReactNode
}) {
  return (
    <section
      aria-label={caption}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
      tabIndex={0}
      // What only screen readers hear is placed somewhere too, and must not widen the page.
      className="relative overflow-x-auto rounded-2xl border border-line bg-panel shadow-lift"
    >
      <table className="w-full border-collapse text-left">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="border-b border-line text-sm text-soft">
            {heads.map((head) => (
              <th key={head} scope="col" className="whitespace-nowrap px-4 py-3 font-medium">
                {head || <span className="sr-only">Actions</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">{children}</tbody>
      </table>
    </section>
  )
}

export function Cell({ children, className = '' }: { readonly children: ReactNode; readonly className?: string }) {
  return <td className={`px-4 py-3 align-middle ${className}`}>{children}</td>
}
