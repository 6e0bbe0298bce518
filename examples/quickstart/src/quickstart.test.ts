import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'

const main = new URL('./main.ts', import.meta.url)

test('the quickstart runs to its end and says what it did', async () => {
  const child = spawn(process.execPath, ['--conditions=@millrace/source', main.pathname], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  expect(code).toBe(0)
  expect(output).toContain("type: 'run-started'")
  expect(output).toMatch(/type: 'run-finished'[\s\S]*state: 'finished'[\s\S]*rowsWritten: 250/)
})

test('the README shows the very program', async () => {
  const program = await readFile(new URL('./quickstart.ts', import.meta.url), 'utf8')
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8')
  expect(readme).toContain(`\`\`\`ts\n${program}\`\`\``)
})
