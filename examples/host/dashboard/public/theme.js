// Before the first paint, so that nobody who likes it dark is dazzled. A file, because inline scripts are forbidden here.
;(() => {
  const chosen = localStorage.getItem('millrace.theme')
  const dark = chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
})()
