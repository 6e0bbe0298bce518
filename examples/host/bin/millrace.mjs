#!/usr/bin/env node
/** The command line, on the pinned Node: `npx millrace dead-letters list`. Plain JavaScript, for Node 18 and up. */
const isService = process.argv[2] === 'serve'
process.argv.splice(2, 0, isService ? 'examples/host/src/main.ts' : 'examples/host/src/cli/main.ts')
await import('../../../scripts/bootstrap.mjs')
