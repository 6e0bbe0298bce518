import { useState } from 'react'
import { useTheme } from '../session/theme.tsx'
import { luminanceOf } from './luminance.ts'

/** Darker logos would vanish on a dark ground. */
const DARK_BELOW = 0.5

/** A logo that turns white in the dark theme when it is dark itself. Nothing where there is no such file. */
export function Logo({
  file,
  name,
  className = 'size-8',
}: {
  readonly file: string
  readonly name: string
  readonly className?: string
}) {
  const { theme } = useTheme()
  const [luminance, setLuminance] = useState(1)
  const [missing, setMissing] = useState(false)
  if (missing) return <Initial name={name} className={className} />
  return (
    <img
      src={`/logos/${encodeURIComponent(file)}`}
      alt=""
      onLoad={(event) => setLuminance(luminanceOf(event.currentTarget))}
      onError={() => setMissing(true)}
      style={theme === 'dark' && luminance < DARK_BELOW ? { filter: 'brightness(0) invert(1)' } : undefined}
      className={`object-contain ${className}`}
    />
  )
}

/** The logo of an account: its own, or that of its kind; its initial where there is neither. */
export function AccountLogo({
  file,
  type,
  name,
}: {
  readonly file: string | null
  readonly type: string | null
  readonly name: string
}) {
  const logo = file ?? (type && `${type}.svg`)
  return logo ? <Logo file={logo} name={name} className="size-10" /> : <Initial name={name} className="size-10" />
}

function Initial({ name, className }: { readonly name: string; readonly className: string }) {
  return (
    <span
      aria-hidden
      className={`flex shrink-0 items-center justify-center rounded-lg bg-sunken font-semibold text-soft ${className}`}
    >
      {name[0]?.toUpperCase()}
    </span>
  )
}
