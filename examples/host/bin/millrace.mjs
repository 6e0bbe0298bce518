#!/usr/bin/env node
/** The command line, on the pinned Node: `npx millrace dead-letters list`. Plain JavaScript, for Node 18 and up. */
process.argv.splice(2, 0, 'examples/host/src/cli/main.ts')
// By its place and not by a name: it must run before anything is installed.
await import(new URL('../../../scripts/bootstrap.mjs', import.meta.url).href)
