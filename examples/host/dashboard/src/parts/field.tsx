import { type ComponentProps, type ReactNode, useId } from 'react'

const BOX =
  'w-full rounded-lg border border-line bg-panel px-3 text-ink placeholder:text-soft aria-invalid:border-bad focus-visible:outline-offset-0'

interface Labelled {
  readonly label: string
  readonly hint?: ReactNode
  readonly error?: string | undefined
}

/** Of a text: what it could be, and may be something else. */
interface Suggested {
  readonly suggestions?: readonly string[]
}

export function TextField({
  label,
  hint,
  error,
  suggestions,
  ...rest
}: ComponentProps<'input'> & Labelled & Suggested) {
  const id = useId()
  return (
    <Frame id={id} label={label} hint={hint} error={error}>
      <input
        id={id}
        aria-invalid={error !== undefined}
        aria-describedby={`${id}-note`}
        className={`${BOX} h-10`}
        {...(suggestions && { list: `${id}-list` })}
        {...rest}
      />
      {suggestions && (
        <datalist id={`${id}-list`}>
          {[...new Set(suggestions)].map((suggestion) => (
            <option key={suggestion}>{suggestion}</option>
          ))}
        </datalist>
      )}
    </Frame>
  )
}

export function SelectField({ label, hint, error, children, ...rest }: ComponentProps<'select'> & Labelled) {
  const id = useId()
  return (
    <Frame id={id} label={label} hint={hint} error={error}>
      <select
        id={id}
        aria-invalid={error !== undefined}
        aria-describedby={`${id}-note`}
        className={`${BOX} h-10`}
        {...rest}
      >
        {children}
      </select>
    </Frame>
  )
}

export function AreaField({ label, hint, error, ...rest }: ComponentProps<'textarea'> & Labelled) {
  const id = useId()
  return (
    <Frame id={id} label={label} hint={hint} error={error}>
      <textarea
        id={id}
        aria-invalid={error !== undefined}
        aria-describedby={`${id}-note`}
        className={`${BOX} py-2 font-mono text-sm`}
        {...rest}
      />
    </Frame>
  )
}

function Frame({ id, label, hint, error, children }: Labelled & { readonly id: string; readonly children: ReactNode }) {
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block text-sm font-medium">
        {label}
      </label>
      {children}
      <p id={`${id}-note`} className={`mt-1 text-sm ${error ? 'text-bad' : 'text-soft'}`}>
        {error ?? hint}
      </p>
    </div>
  )
}
