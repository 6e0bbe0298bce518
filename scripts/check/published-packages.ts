import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listWorkspaces } from '../repository/workspaces.ts'
import { runCommand } from './run-command.ts'

/** Packs every published package from its real build, and looks at the archives as an importer would. */
export async function checkPublishedPackages(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-pack-'))
  try {
    const published = listWorkspaces().filter((workspace) => workspace.kind === 'package')
    const packing = await runCommand([
      'npm',
      'pack',
      '--loglevel=error',
      '--ignore-scripts',
      `--pack-destination=${folder}`,
      ...published.map((workspace) => `--workspace=${workspace.folder}`),
    ])
    if (!packing.passed) throw new Error(`Failed to pack the packages:\n${packing.output}`)

    const archives = (await readdir(folder)).sort()
    const findings = (await Promise.all(archives.map((name) => inspect(join(folder, name))))).flat()
    if (findings.length > 0) throw new Error(findings.join('\n\n'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function inspect(archive: string): Promise<string[]> {
  const reports = await Promise.all([
    runCommand(['publint', 'run', archive, '--strict']),
    runCommand(['attw', archive, '--profile', 'esm-only', '--no-emoji']),
  ])
  return reports.filter((report) => !report.passed).map((report) => report.output.trim())
}
