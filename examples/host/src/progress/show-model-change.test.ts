import { expect, test } from 'vitest'
import { showModelChange } from './show-model-change.ts'

test('a change of model is shown once a second, with the time that is left, and whenever a phase begins', () => {
  const lines: string[] = []
  let now = 5_000
  const show = showModelChange({ status: (line) => lines.push(line), end: () => lines.push('(end)') }, () => now)
  const build = (rows: number) => show({ phase: 'build', of: 2000, rows, embedded: rows })
  build(0)
  now += 500
  build(100)
  now += 9_500
  build(1000)
  now += 200
  show({ phase: 'serve', of: 2000, rows: 2000, embedded: 2000 })
  show({ phase: 'done', of: 2000, rows: 2000, embedded: 2000 })
  expect(lines).toEqual([
    '0:00  Building: 0 of 2,000 rows, 0 documents embedded',
    '0:10  Building: 1,000 of 2,000 rows, 1,000 documents embedded, about 0:10 left',
    '0:10  Built, 2,000 documents embedded. Comparing with the model that serves …',
    '0:10  Serving, 2,000 documents embedded.',
    '(end)',
  ])
})
