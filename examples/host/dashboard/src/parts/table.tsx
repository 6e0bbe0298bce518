import type { CSSProperties, ReactNode } from 'react'

/**
 * A table that scrolls within itself where it is wider than the screen. On a telephone each row stands for itself, with the
 * head of a column before each of its cells.
 */
export function Table({
  caption,
  titled = false,
  heads,
  children,
}: {
  readonly caption: string
  /** Whether the caption stands above it; otherwise only screen readers hear it. @default false */
  readonly titled?: boolean
  readonly heads: readonly string[]
  readonly children: ReactNode
}) {
  const table = (
    <section
      aria-label={caption}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
      tabIndex={0}
      // What only screen readers hear is placed somewhere too, and must not widen the page.
      className="relative overflow-x-auto rounded-2xl border border-line bg-panel shadow-lift"
    >
      <table className="stacking w-full border-collapse text-left" style={headsOf(heads)}>
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
  if (!titled) return table
  return (
    <div>
      <h2 className="mb-4 text-lg font-semibold">{caption}</h2>
      {table}
    </div>
  )
}

/** By these names, styles know what to write before a cell. */
function headsOf(heads: readonly string[]): CSSProperties {
  return Object.fromEntries(heads.map((head, index) => [`--head-${index + 1}`, JSON.stringify(head)]))
}

export function Cell({ children, className = '' }: { readonly children: ReactNode; readonly className?: string }) {
  return <td className={`px-4 py-3 align-middle ${className}`}>{children}</td>
}
