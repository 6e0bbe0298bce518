import { Command } from 'commander'
import { type CommandLine, parseProgram } from '../parse-program.ts'

const EPILOGUE = `
Every option may be given by its variable instead; the option wins. Files hold keys as MILLRACE_SECRET_KEYS does, one a line.

  MILLRACE_ROLES               MILLRACE_SHUTDOWN_DEADLINE    MILLRACE_DATABASE_URL
  MILLRACE_CONCURRENCY         MILLRACE_CONNECTIONS          MILLRACE_SECRET_KEYS_FILE
  MILLRACE_HOST                MILLRACE_LOG_LEVEL            MILLRACE_PORT
  MILLRACE_TRANSPORT           MILLRACE_AMQP_PREFIX          AMQP_URL
  MILLRACE_STALE_AFTER         OTEL_EXPORTER_OTLP_ENDPOINT
  MILLRACE_QDRANT_URL          MILLRACE_QDRANT_API_KEY       MILLRACE_EMBEDDINGS (auto, offline or hash)
  MILLRACE_INTERNAL_KEY        MILLRACE_CORS_ORIGINS         MILLRACE_REQUESTS_PER_MINUTE
  MILLRACE_ALLOW_PRIVATE_NETWORKS                            MILLRACE_TRUSTED_PROXIES
  MILLRACE_JWKS_URL            MILLRACE_JWT_ISSUER           MILLRACE_JWT_AUDIENCE
  MILLRACE_JWT_TENANT_CLAIM    MILLRACE_JWT_ROLE_CLAIM       MILLRACE_JWT_CLOCK_TOLERANCE (seconds)
  MILLRACE_SECRET_KEYS         name:key, comma-separated; 32 bytes in base64 each. The first seals, all open.

Any number of processes may run, each with any roles. None ends because the database or the broker goes away: they wait,
at start as later. A schema that is older than the program is waited for as well, unless --migrate; a newer one is refused.

Exit codes: 0 stopped by SIGTERM or SIGINT, 2 wrong options, 3 cannot start, 130 stopped by a second signal.`

/**
 * Reads the command line of `millrace serve`. Undefined when it asked for help, and got it.
 *
 * @throws INVALID_CONFIG when it holds what is no option
 */
export function readServeCommand(argv: readonly string[]): CommandLine | undefined {
  const program = new Command('serve')
    .usage('[options]')
    .description('Work on jobs until a signal ends it: one process of any number, over one PostgreSQL.')
    .option(
      '--roles <roles>',
      'what this process does, comma-separated: scheduler, extract, transform, embed, api, or all',
    )
    .option('--concurrency <rows>', 'rows worked on at once: a number for each role, or extract=8,transform=2')
    .option('--database-url <url>', 'postgres://user:password@host:5432/database')
    .option('--connections <count>', 'connections to the database at most (default: 10)')
    .option('--transport <name>', 'what brings rows to workers: postgres or amqp (default: postgres)')
    .option('--amqp-url <url>', 'amqp://user:password@host:5672/vhost, for the transport amqp')
    .option('--amqp-prefix <text>', 'put before the names of queues, where several systems share a broker')
    .option('--secret-keys-file <path>', 'the keys of stored credentials')
    .option('--internal-key <key>', 'what services show in X-Internal-Auth; better given by its variable')
    .option(
      '--trusted-proxies <networks>',
      'proxies in front, comma-separated: clients are whom they name (default: none)',
    )
    .option('--cors-origins <origins>', 'other sites whose pages may call, comma-separated (default: none)')
    .option('--requests-per-minute <count>', 'that one address may send to the interface (default: 6000)')
    .option('--allow-private-networks', 'accounts may lead to private addresses (default: they are refused)')
    .option('--migrate', 'bring the schema up to date first; any number of processes may')
    .option('--host <address>', 'address that health, readiness and metrics are served on (default: 127.0.0.1)')
    .option('--port <number>', 'their port; 0 is a free one (default: 8080 for the role api, otherwise none)')
    .option('--shutdown-deadline <seconds>', 'how long rows at work may go on after a signal (default: 25)')
    .option('--stale-after <seconds>', 'how long a process may be silent before others take its rows (default: 20)')
    .option('--otlp-endpoint <url>', 'where traces are sent, as OTLP over HTTP (default: nowhere)')
    .option('--log-level <level>', 'error, warn, info or debug, as JSON lines on standard output (default: info)')
    .addHelpText('after', EPILOGUE)
  return parseProgram(program, argv, 'serve')
}
