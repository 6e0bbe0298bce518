import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { repositoryRoot } from './root.ts'

const dependencies = z.record(z.string(), z.string()).default({})

const exportTarget = z.strictObject({ '@millrace/source': z.string(), types: z.string(), default: z.string() })

const manifestSchema = z.looseObject({
  name: z.string(),
  version: z.string().optional(),
  exports: z.record(z.string(), z.union([z.string(), exportTarget])).default({}),
  dependencies,
  devDependencies: dependencies,
  optionalDependencies: dependencies,
  peerDependencies: dependencies,
})

export type Manifest = z.infer<typeof manifestSchema>

/** A folder below packages/ (published) or examples/ (not), as the root package.json declares them. */
export type Workspace = {
  readonly kind: 'package' | 'example'
  /** Relative to the root: `packages/core`. */
  readonly folder: string
  readonly manifest: Manifest
}

export function listWorkspaces(): readonly Workspace[] {
  return [...workspacesBelow('packages', 'package'), ...workspacesBelow('examples', 'example')]
}

export function readManifest(folder: string): Manifest {
  return manifestSchema.parse(JSON.parse(readFileSync(join(repositoryRoot, folder, 'package.json'), 'utf8')))
}

function workspacesBelow(parent: string, kind: Workspace['kind']): readonly Workspace[] {
  return readdirSync(join(repositoryRoot, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${parent}/${entry.name}`)
    .sort()
    .map((folder) => ({ kind, folder, manifest: readManifest(folder) }))
}
