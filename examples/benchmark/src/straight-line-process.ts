import { straightLine } from './straight-line.ts'

const [url = '', email = '', token = '', databaseUrl = ''] = process.argv.slice(2)

const start = performance.now()
const issues = await straightLine({ url, email, token }, databaseUrl)
process.stdout.write(`${JSON.stringify({ seconds: (performance.now() - start) / 1_000, issues })}\n`)
