import { Switch as Base } from 'radix-ui'

export function Switch(props: {
  readonly label: string
  readonly on: boolean
  readonly disabled?: boolean
  readonly onChange: (on: boolean) => void
}) {
  return (
    <span className="inline-flex items-center gap-2">
      <span aria-hidden className={`w-6 text-right text-sm font-medium ${props.on ? 'text-good' : 'text-soft'}`}>
        {props.on ? 'On' : 'Off'}
      </span>
      <Base.Root
        aria-label={props.label}
        checked={props.on}
        disabled={props.disabled ?? false}
        onCheckedChange={props.onChange}
        className="h-6 w-11 rounded-full border border-line bg-sunken p-0.5 motion-safe:transition data-[state=checked]:border-transparent data-[state=checked]:bg-good disabled:opacity-55"
      >
        <Base.Thumb className="block size-[18px] rounded-full bg-white shadow motion-safe:transition-transform data-[state=checked]:translate-x-5 dark:bg-ink dark:data-[state=checked]:bg-panel" />
      </Base.Root>
    </span>
  )
}
