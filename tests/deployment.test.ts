import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { readServeCommand } from '../examples/host/src/serve/serve-command.ts'
import { readServeOptions } from '../examples/host/src/serve/serve-options.ts'
import { readRepositoryFile } from '../scripts/repository/files.ts'
import { repositoryRoot } from '../scripts/repository/root.ts'

const hasDocker = ['info', 'compose version'].every((command) => spawnSync('docker', command.split(' ')).status === 0)
if (!hasDocker) {
  process.stderr.write(
    '\n!!! There is no Docker with compose: the image is checked, but not built, and nothing is started.\n\n',
  )
}

const dockerfile = readRepositoryFile('Dockerfile')
const instructions = dockerfile
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => /^(?<name>[A-Z]+) (?<rest>.*)$/.exec(line)?.groups ?? { name: '', rest: line })
const of = (name: string) => instructions.filter((each) => each.name === name).map(({ rest = '' }) => rest)
const list = (name: string) => z.array(z.string()).parse(JSON.parse(of(name).at(-1) ?? ''))

/** What the program says about its options and variables, once it was asked. */
let help = ''

describe('the image', () => {
  const packageFile = z
    .object({ workspaces: z.array(z.string()), devDependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readRepositoryFile('package.json')))
  const ignored = readRepositoryFile('.dockerignore').split('\n').filter(Boolean)

  test('is made of files that there are, and that are not kept from it', () => {
    for (const copied of of('COPY')) {
      const isMade = copied.startsWith('--from=build ')
      const sources = copied.replace('--from=build ', '').split(' ').slice(0, -1)
      for (const source of sources.map((path) => path.replace(/^\/app\//, ''))) {
        expect([source, existsSync(join(repositoryRoot, source))]).toEqual([source, true])
        if (!isMade) expect(ignored).not.toContain(source)
      }
    }
    const workspaces = packageFile.workspaces.flatMap((pattern) =>
      globSync(`${pattern}/package.json`, { cwd: repositoryRoot }),
    )
    const installed = of('COPY').flatMap((copied) => copied.split(' ').filter((path) => path.endsWith('package.json')))
    expect(installed).toEqual(expect.arrayContaining(workspaces))
    for (const [, program = ''] of of('RUN').flatMap((command) => [...command.matchAll(/^node (\S+)/g)])) {
      expect([program, existsSync(join(repositoryRoot, program))]).toEqual([program, true])
    }
  })

  test('has the pinned Node, runs as nobody in particular, and what it runs is there', () => {
    const bases = of('FROM').map((base) => base.split(' ')[0])
    const { node } = packageFile.devDependencies
    expect(new Set(bases)).toEqual(new Set([`node:${node}-bookworm-slim`]))
    expect(of('USER').at(-1)).toBe('node')
    const [program = '', ...argv] = list('ENTRYPOINT')
    expect(program).toBe('node')
    const run = spawnSync(process.execPath, [...argv, 'serve', '--help'], { cwd: repositoryRoot, encoding: 'utf8' })
    help = run.stdout
    expect([run.status, help]).toEqual([0, expect.stringContaining('--roles')])
    const variablesIn = (text: string): string[] => text.match(/\b(?:MILLRACE_[A-Z_]+|AMQP_URL|OTEL_[A-Z_]+)\b/g) ?? []
    const guide = readRepositoryFile('docs/guides/operate.md')
    expect(new Set(variablesIn(guide)), 'the guide tells all variables and no others').toEqual(
      new Set(variablesIn(help)),
    )
    const { databaseUrl, secretKeys } = { databaseUrl: 'postgres://me@there/mine', secretKeys: key() }
    const environment = { MILLRACE_DATABASE_URL: databaseUrl, MILLRACE_SECRET_KEYS: secretKeys }
    const [command = '', ...options] = list('CMD')
    expect(command).toBe('serve')
    expect(optionsOf(options, environment).listen).toEqual({ host: '0.0.0.0', port: Number(of('EXPOSE').at(-1)) })
  })
})

const health = z.strictObject({
  test: z.tuple([z.literal('CMD')], z.string()),
  interval: z.string(),
  timeout: z.string(),
  retries: z.int(),
  start_period: z.string().optional(),
})
const common = { restart: z.literal('unless-stopped'), environment: z.record(z.string(), z.string()).default({}) }

/** What of the Compose specification is used here; anything else is a slip. */
const composeFile = z.object({
  name: z.string(),
  services: z.record(
    z.string(),
    z.strictObject({
      ...common,
      build: z.string().optional(),
      image: z.string().regex(/:v?\d+(\.\d+)+[\w.-]*$/, 'must name a version'),
      init: z.boolean().optional(),
      hostname: z.string().optional(),
      stop_grace_period: z
        .string()
        .regex(/^\d+s$/)
        .optional(),
      command: z.array(z.string()).optional(),
      ports: z.array(z.string()).optional(),
      deploy: z.strictObject({ replicas: z.int() }).optional(),
      volumes: z.array(z.string()).default([]),
      depends_on: z
        .record(z.string(), z.strictObject({ condition: z.enum(['service_healthy', 'service_started']) }))
        .default({}),
      healthcheck: health.optional(),
    }),
  ),
  volumes: z.record(z.string(), z.null()),
})

describe('the compose file', () => {
  const text = readRepositoryFile('compose.yaml')
  const given = {
    MILLRACE_SECRET_KEYS: key(),
    POSTGRES_PASSWORD: randomBytes(16).toString('hex'),
    RABBITMQ_PASSWORD: randomBytes(16).toString('hex'),
  }
  const { services, volumes } = composeFile.parse(interpolated(parse(text, { merge: true }), given))
  const ours = Object.values(services).filter(({ build }) => build !== undefined)

  test('asks for what must be said, and says in its head how', () => {
    const asked = [...text.matchAll(/\$\{(\w+):\?/g)].map(([, name = '']) => name)
    expect(new Set(asked)).toEqual(new Set(Object.keys(given)))
    const head = text.slice(0, text.indexOf('name: '))
    for (const name of asked) expect(head).toContain(`${name}=$(`)
    expect(() => interpolated(parse(text, { merge: true }), {})).toThrow(/say /)
  })

  test('names only what there is: services, volumes, and health where it is waited for', () => {
    for (const { depends_on: needed, volumes: mounted } of Object.values(services)) {
      for (const [name, { condition }] of Object.entries(needed)) {
        expect(Object.keys(services)).toContain(name)
        if (condition === 'service_healthy') expect(services[name]?.healthcheck).toBeDefined()
      }
      for (const mount of mounted) expect(Object.keys(volumes)).toContain(mount.split(':')[0])
    }
  })

  test('starts our processes with options and variables that they know, every role once, and time to stop', () => {
    const roles = ours.map(({ command = [], environment, ...service }) => {
      const [program, ...argv] = command
      expect(program).toBe('serve')
      for (const name of Object.keys(environment)) expect(help).toContain(name)
      const options = optionsOf(argv, environment)
      expect(options.amqp?.url).toBe(`amqp://millrace:${given.RABBITMQ_PASSWORD}@rabbitmq:5672`)
      expect(service.healthcheck?.test.join(' ')).toContain(`:${options.listen?.port}/ready`)
      expect(Number.parseInt(service.stop_grace_period ?? '', 10)).toBeGreaterThan(
        options.shutdownDeadlineMs / 1_000 + 15,
      )
      return [...options.roles, ...(options.api ? ['api'] : [])]
    })
    expect(roles.flat().sort()).toEqual(['api', 'embed', 'extract', 'scheduler', 'transform'])
    for (const name of ['postgres', 'rabbitmq']) {
      expect(JSON.stringify(services[name]?.environment)).toContain(
        name === 'postgres' ? given.POSTGRES_PASSWORD : given.RABBITMQ_PASSWORD,
      )
    }
  })

  test.skipIf(!hasDocker)(
    'starts, gets ready and stops',
    async () => {
      const project = `millrace-test-${randomBytes(4).toString('hex')}`
      const environment = { ...process.env, ...given, MILLRACE_PORT: '0' }
      const compose = (...argv: readonly string[]) =>
        spawnSync('docker', ['compose', '--project-name', project, ...argv], {
          cwd: repositoryRoot,
          env: environment,
          encoding: 'utf8',
        })
      try {
        const up = compose('up', '--build', '--detach', '--wait')
        expect([up.status, up.stderr]).toEqual([0, expect.anything()])
        const address = compose('port', 'api', '8080').stdout.trim()
        const ready = await fetch(`http://${address}/ready`)
        expect(await ready.json()).toEqual({ ready: true, checks: { database: 'ok', broker: 'ok' } })
        expect((await fetch(`http://${address}/`)).headers.get('content-type')).toContain('text/html')
      } finally {
        compose('down', '--volumes', '--timeout', '60')
      }
    },
    1_800_000,
  )
})

function key(): string {
  return randomBytes(32).toString('base64')
}

function optionsOf(argv: readonly string[], environment: { readonly [name: string]: string }) {
  const commandLine = readServeCommand(argv)
  if (!commandLine) throw new Error('Failed to read a command: it asks for help.')
  return readServeOptions(commandLine, environment)
}

/** Puts variables into texts as Compose does: `${NAME:-default}` and `${NAME:?what to say}`. */
function interpolated(value: unknown, given: { readonly [name: string]: string }): unknown {
  if (Array.isArray(value)) return value.map((each) => interpolated(each, given))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, interpolated(each, given)]))
  }
  if (typeof value !== 'string') return value
  return value.replace(/\$\{(\w+):([-?])([^}]*)\}/g, (_, name: string, kind: string, rest: string) => {
    const said = given[name]
    if (said) return said
    if (kind === '-') return rest
    throw new Error(`Failed to read the compose file: ${name} is not set: ${rest}.`)
  })
}
