import { createContext, type ReactNode, useContext, useState } from 'react'

type Theme = 'light' | 'dark'
const Context = createContext<{ readonly theme: Theme; readonly toggle: () => void }>({
  theme: 'light',
  toggle: () => {},
})

/** `public/theme.js` has set the theme before anything was painted. */
export function ThemeProvider({ children }: { readonly children: ReactNode }) {
  const [theme, setTheme] = useState<Theme>(document.documentElement.dataset.theme === 'dark' ? 'dark' : 'light')
  const toggle = (): void => {
    const next = theme === 'dark' ? 'light' : 'dark'
    document.documentElement.dataset.theme = next
    localStorage.setItem('millrace.theme', next)
    setTheme(next)
  }
  return <Context value={{ theme, toggle }}>{children}</Context>
}

export const useTheme = () => useContext(Context)
