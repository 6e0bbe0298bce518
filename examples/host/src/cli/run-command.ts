import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import { MillraceError } from '@millrace/core'
import { assertSchema, type Database, listTenants, secretsFromKey } from '@millrace/sink-postgres'
import { z } from 'zod'
import { openExistingStore, openStore } from '../open-store.ts'
import type { DatabaseChoice } from '../options.ts'
import { createDisplay } from '../progress/create-display.ts'
import { NO_VECTORS, openVectors, type Vectors } from '../vectors/open-vectors.ts'
import { readVectorChoice } from '../vectors/vector-choice.ts'
import type { Answer, Surroundings } from './command.ts'
import { existingKeys, keyFile } from './key-file.ts'
import type { Typed } from './program.ts'
import { wrongInput } from './wrong-input.ts'

const DEFAULT_DIRECTORY = '.millrace/data'

const common = z.object({
  databaseUrl: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must look like postgres://user@host:5432/database' })
    .optional(),
  dataDir: z.string().min(1, 'must name a directory').optional(),
  tenant: z.string().optional(),
  keyFile: z.string().optional(),
  actor: z.string().optional(),
  json: z.boolean().default(false),
  yes: z.boolean().default(false),
})

/**
 * Opens what a command needs, runs it, and closes it again.
 *
 * @throws INVALID_CONFIG when what was typed cannot be meant, and whatever the command throws
 */
export async function runCommand(
  { command, given }: Typed,
  environment: { readonly [name: string]: string | undefined },
): Promise<{ readonly answer: Answer; readonly json: boolean }> {
  const parsed = common.safeParse({
    ...given,
    tenant: given.tenant ?? (environment.MILLRACE_TENANT || undefined),
    databaseUrl:
      given.databaseUrl ??
      (given.dataDir ? undefined : environment.MILLRACE_DATABASE_URL || environment.DATABASE_URL || undefined),
  })
  if (!parsed.success) {
    throw wrongInput(
      command.name,
      parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`),
    )
  }
  const { databaseUrl, dataDir, json, yes } = parsed.data
  if (given.databaseUrl !== undefined && dataDir !== undefined) {
    throw wrongInput(command.name, ['--data-dir must be left out, because --database-url names a server'])
  }
  if (command.destroys && !yes) {
    throw wrongInput(command.name, [`it deletes ${command.destroys}, for good; say --yes if that is meant`])
  }
  const directory = resolve(dataDir ?? DEFAULT_DIRECTORY)
  const choice: DatabaseChoice = databaseUrl ? { kind: 'server', url: databaseUrl } : { kind: 'embedded', directory }
  const vectorChoice = readVectorChoice(environment)
  const db = await (command.founds ? openStore(choice) : openExistingStore(choice))
  let opening: Promise<Vectors | undefined> | undefined
  try {
    if (!command.anySchema) await assertSchema(db)
    const ofServer = databaseUrl ? environment.MILLRACE_SECRET_KEYS_FILE || undefined : undefined
    const keys = keyFile(resolve(parsed.data.keyFile ?? ofServer ?? `${directory}.key`))
    const secrets = async () => {
      await existingKeys(keys.path)
      return secretsFromKey(...(await keys.read()))
    }
    const mayHaveVectors = () => (opening ??= openVectors(db, vectorChoice, secrets))
    const surroundings: Surroundings = {
      db,
      embedded: choice.kind === 'embedded',
      tenantId: () => chooseTenant(db, parsed.data.tenant),
      secrets,
      mayHaveVectors,
      async vectors() {
        const vectors = await mayHaveVectors()
        if (vectors) return vectors
        throw new MillraceError('INVALID_CONFIG', {
          message: `Failed to open vectors: there is no place for them. ${NO_VECTORS}`,
        })
      },
      keyFile: { ...keys, read: () => existingKeys(keys.path).then(() => keys.read()) },
      display: createDisplay(process.stderr, { quiet: json }),
      actor: parsed.data.actor ?? `${userInfo().username} (command line)`,
    }
    return { answer: await command.run(surroundings, given), json }
  } finally {
    await (await opening)?.[Symbol.asyncDispose]()
    await db.close()
  }
}

async function chooseTenant(db: Database, named: string | undefined): Promise<number> {
  const tenants = await listTenants(db)
  const known = tenants.map(({ id, name }) => `${id} (${name})`).join(', ') || 'none'
  const [only] = tenants
  if (named === undefined) {
    if (only && tenants.length === 1) return only.id
    throw wrongInput('the command', [
      `it needs --tenant or MILLRACE_TENANT, because there is not exactly one; there are ${known}`,
    ])
  }
  const found = tenants.find(({ id, name }) => name === named || String(id) === named)
  if (found) return found.id
  throw new MillraceError('NOT_FOUND', {
    message: `Failed to find tenant ${named}: there are ${known}. Name one of them.`,
  })
}
