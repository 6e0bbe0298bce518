import { join } from 'node:path'
import { installDebianPackage } from './debian-packages.ts'
import { findProgramFolder } from './programs.ts'
import type { Service } from './service.ts'

/** A browser, as `CHROMIUM_PATH`. */
export const chromium: Service = {
  name: 'Chromium',
  async provide() {
    const given = process.env.CHROMIUM_PATH
    if (given) return { origin: 'CHROMIUM_PATH', environment: { CHROMIUM_PATH: given }, stop: async () => {} }
    const folder = findInstalled() ?? (installDebianPackage('chromium') ? findInstalled() : undefined)
    if (folder === undefined) return { reason: 'CHROMIUM_PATH is not set, and chromium is not installed' }
    const program = join(folder, 'chromium')
    return { origin: program, environment: { CHROMIUM_PATH: program }, stop: async () => {} }
  },
}

const findInstalled = (): string | undefined => findProgramFolder(['chromium'], [])
