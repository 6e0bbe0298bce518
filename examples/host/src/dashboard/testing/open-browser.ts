import { type Browser, chromium } from 'playwright-core'

export function openBrowser(executablePath: string): Promise<Browser> {
  // Containers run it as root, and give it little shared memory.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'] })
}
