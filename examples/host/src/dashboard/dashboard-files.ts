import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { gzipSync } from 'node:zlib'

export interface DashboardFile {
  readonly type: string
  readonly body: Buffer
  /** Undefined where compression gains nothing. */
  readonly gzipped: Buffer | undefined
  readonly etag: string
  /** Whether its name changes with its content, so that browsers may keep it for ever. */
  readonly immutable: boolean
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}
const COMPRESSED_ALREADY = new Set(['.png', '.woff2'])

/** All files of a built dashboard by their path, in memory: they are few, and a request can name no other. */
export function readDashboardFiles(folder: string): ReadonlyMap<string, DashboardFile> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return new Map(
    entries
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map((entry) => {
        const file = join(entry.parentPath, entry.name)
        const path = `/${relative(folder, file).split(sep).join('/')}`
        const extension = extname(file)
        const body = readFileSync(file)
        return [
          path,
          {
            type: TYPES[extension] ?? 'application/octet-stream',
            body,
            gzipped: COMPRESSED_ALREADY.has(extension) ? undefined : gzipSync(body),
            etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`,
            immutable: path.startsWith('/assets/'),
          },
        ] as const
      }),
  )
}
