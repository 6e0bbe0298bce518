import { type FormEvent, useState } from 'react'
import { Button } from '../parts/button.tsx'
import { TextField } from '../parts/field.tsx'
import { Failed } from '../parts/states.tsx'
import { useSession } from '../session/session.tsx'

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)))

export function LoginPage() {
  const { logIn, state } = useSession()
  const [error, setError] = useState<Error | null>(null)
  const [busy, setBusy] = useState(false)

  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault()
    const given = new FormData(event.currentTarget)
    setBusy(true)
    setError(null)
    try {
      await logIn(String(given.get('email')), String(given.get('password')))
    } catch (thrown) {
      setError(asError(thrown))
      setBusy(false)
    }
  }
  return (
    <div className="grid min-h-screen lg:grid-cols-[1.1fr_1fr]">
      <div className="gradient relative hidden overflow-hidden p-12 lg:flex lg:flex-col">
        <span className="flex items-center gap-3 text-xl font-semibold tracking-tight">
          <img src="/logos/millrace.svg" alt="" className="size-9 rounded-lg ring-1 ring-white/30" /> Millrace
        </span>
        <Channels />
        <p className="relative mt-auto max-w-lg text-4xl font-semibold leading-tight tracking-tight">
          Every issue, every pull request, always where you look for it.
        </p>
        <p className="relative mt-3 max-w-lg text-lg opacity-90">Mirrored into your database, searchable by meaning.</p>
      </div>
      <main className="flex items-center justify-center px-6 py-12">
        <form onSubmit={(event) => void submit(event)} className="w-full max-w-sm">
          <img src="/logos/millrace.svg" alt="" className="mb-6 size-12 lg:hidden" />
          <h1 className="text-[1.75rem] font-semibold tracking-tight">Log in</h1>
          <p className="mb-7 mt-1 text-soft">
            {state === 'ended' ? 'Your session ended. Log in again to go on.' : 'Use the account of your organisation.'}
          </p>
          <div className="flex flex-col gap-3">
            <TextField label="E-mail" name="email" type="email" autoComplete="username" required />
            <TextField
              label="Password"
              name="password"
              type="password"
              autoComplete="current-password"
              required
              hint="The first start prints the password of the first admin once, in the log."
            />
            {error && <Failed error={error} />}
            <Button type="submit" look="main" busy={busy} className="mt-2 h-11 text-base">
              Log in
            </Button>
          </div>
        </form>
      </main>
    </div>
  )
}

const CHANNELS = Array.from({ length: 14 }, (_, index) => {
  const middle = `C 120 ${40 + index * 22}, 260 ${190 + index * 20}, 400 ${110 + index * 30}`
  return `M-40 ${90 + index * 34} ${middle} S 620 ${60 + index * 38}, 700 ${130 + index * 30}`
})

function Channels() {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 600 600"
      className="absolute inset-0 size-full opacity-35"
      preserveAspectRatio="xMidYMid slice"
    >
      {CHANNELS.map((path, index) => (
        <path
          key={path}
          d={path}
          fill="none"
          stroke="#fff"
          strokeWidth={index % 3 === 0 ? 2 : 1}
          opacity={0.25 + (index % 4) * 0.18}
        />
      ))}
    </svg>
  )
}
