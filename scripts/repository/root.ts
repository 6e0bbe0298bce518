import { dirname } from 'node:path'

/** The folder that holds the root package.json. */
export const repositoryRoot: string = dirname(dirname(import.meta.dirname))
