import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { repositoryRoot } from '../repository/root.ts'

const path = [join(repositoryRoot, 'node_modules', '.bin'), process.env.PATH].join(delimiter)

/** Runs a command in the repository's root, with the programs of node_modules/.bin in reach, and collects what it prints. */
export function runCommand(command: readonly [string, ...string[]]): Promise<{ passed: boolean; output: string }> {
  const [program, ...programArguments] = command
  return new Promise((resolve, reject) => {
    const child = spawn(program, programArguments, {
      cwd: repositoryRoot,
      env: { ...process.env, PATH: path, ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }) },
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text))
    child.stderr.setEncoding('utf8').on('data', (text) => (output += text))
    child.on('error', reject)
    child.on('close', (code) => resolve({ passed: code === 0, output }))
  })
}
