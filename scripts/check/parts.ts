import { checkPublishedPackages } from './published-packages.ts'

/** One thing that `npm run check` establishes: a command of node_modules/.bin, or a function that throws what is wrong. */
export type CheckPart = {
  readonly name: string
  readonly remedy: string
} & ({ readonly command: readonly [string, ...string[]] } | { readonly run: () => Promise<void> })

/** In order: later parts use what `tsc -b` built. */
export const parts: readonly CheckPart[] = [
  {
    name: 'types of the packages',
    command: ['tsc', '-b'],
    remedy: 'mend the types where the compiler points; "npm run types" repeats this part.',
  },
  {
    name: 'types of tests and scripts',
    command: ['tsc', '-p', 'tsconfig.tests.json'],
    remedy: 'mend the types where the compiler points; "npm run types" repeats this part.',
  },
  {
    name: 'types of the dashboard',
    command: ['tsc', '-p', 'examples/host/dashboard'],
    remedy: 'mend the types where the compiler points; "npm run types" repeats this part.',
  },
  {
    name: 'lint and format',
    command: ['biome', 'check', '--error-on-warnings', '.'],
    remedy: '"npm run format" mends what can be mended by machine; the rest is explained above.',
  },
  {
    name: 'dead code and undeclared dependencies',
    command: ['knip', '--no-progress', '--no-config-hints'],
    remedy:
      'delete what nobody uses, drop needless "export" words, declare what is imported; entry points are in knip.json.',
  },
  {
    name: 'architecture, public API, error table, licences, bans',
    command: ['vitest', 'run', '--project=repository', '--reporter=dot'],
    remedy:
      'each failing test says what it wants; "npm run golden" and "npm run error-reference" rewrite what is generated.',
  },
  {
    name: 'packages as published (publint, are-the-types-wrong)',
    run: checkPublishedPackages,
    remedy: 'mend "exports" and "files" in the package.json named above.',
  },
]
