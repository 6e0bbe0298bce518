const KEY = 'millrace.token'

/** Who is told when the token is no longer good. */
let onEnd: () => void = () => {}

export const token = {
  read: (): string | null => localStorage.getItem(KEY),
  keep: (value: string): void => localStorage.setItem(KEY, value),
  forget: (): void => localStorage.removeItem(KEY),
  whenEnded(listener: () => void): void {
    onEnd = listener
  },
  end(): void {
    localStorage.removeItem(KEY)
    onEnd()
  },
}
