import { LoaderCircle } from 'lucide-react'
import type { ComponentProps } from 'react'
import { Tip } from './tip.tsx'

const LOOKS = {
  main: 'gradient shadow-lift hover:brightness-110',
  plain: 'border border-line bg-panel text-ink hover:bg-sunken',
  quiet: 'text-soft hover:bg-sunken hover:text-ink',
  danger: 'bg-bad-ground text-bad hover:brightness-95 dark:hover:brightness-125',
} as const

interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: keyof typeof LOOKS
  /** Something goes on because of it: it cannot be pressed again. */
  readonly busy?: boolean
}

export function Button({ look = 'plain', busy = false, className = '', children, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      disabled={disabled || busy}
      className={`inline-flex h-9 items-center justify-center gap-2 whitespace-nowrap rounded-lg px-3.5 text-sm font-medium motion-safe:transition disabled:cursor-not-allowed disabled:opacity-55 ${LOOKS[look]} ${className}`}
      {...rest}
    >
      {busy && <LoaderCircle aria-hidden className="size-4 motion-safe:animate-spin" />}
      {children}
    </button>
  )
}

/** A button that is a symbol, with its words in a tooltip. */
export function IconButton({ label, className = '', ...rest }: ComponentProps<'button'> & { readonly label: string }) {
  return (
    <Tip label={label} side="bottom">
      <button
        type="button"
        aria-label={label}
        className={`inline-flex size-9 shrink-0 items-center justify-center rounded-lg text-soft motion-safe:transition hover:bg-sunken hover:text-ink disabled:cursor-not-allowed disabled:opacity-55 ${className}`}
        {...rest}
      />
    </Tip>
  )
}
