import { acceptsLogin, parseAmqpUrl } from './amqp-login.ts'
import { installDebianPackage } from './debian-packages.ts'
import { findRabbitmqFolder, startPrivateRabbitmq } from './private-rabbitmq.ts'
import type { MissingService, RunningService, Service } from './service.ts'

const usualUrl = 'amqp://guest:guest@127.0.0.1:5672'

/** RabbitMQ, as `AMQP_URL`. */
export const rabbitmq: Service = {
  name: 'RabbitMQ',
  async provide() {
    return (await givenServer()) ?? (await usualServer()) ?? (await privateServer())
  },
}

async function givenServer(): Promise<RunningService | undefined> {
  const [variable, url] = Object.entries({
    AMQP_URL: process.env.AMQP_URL,
    RABBITMQ_URL: process.env.RABBITMQ_URL,
  }).find(([, value]) => value !== undefined && value !== '') ?? [undefined, undefined]
  if (variable === undefined || url === undefined) return undefined
  // A probe speaks no TLS; whoever configured it will learn from the tests.
  if (!url.startsWith('amqps:') && !(await acceptsLogin(parseAmqpUrl(url)))) {
    throw new Error(
      `Failed to use ${variable}: no AMQP broker accepts its login there. Correct it, or unset it to have a private broker started.`,
    )
  }
  return { origin: variable, environment: { AMQP_URL: url }, stop: async () => {} }
}

async function usualServer(): Promise<RunningService | undefined> {
  if (!(await acceptsLogin(parseAmqpUrl(usualUrl)))) return undefined
  return { origin: 'the broker at 127.0.0.1:5672', environment: { AMQP_URL: usualUrl }, stop: async () => {} }
}

async function privateServer(): Promise<RunningService | MissingService> {
  if (process.platform === 'win32') return { reason: 'no private broker is started on Windows; set AMQP_URL' }
  const folder = findRabbitmqFolder() ?? (installDebianPackage('rabbitmq-server') ? findRabbitmqFolder() : undefined)
  if (folder === undefined) {
    return { reason: 'AMQP_URL is not set, no broker answers on port 5672, and rabbitmq-server is not installed' }
  }
  return startPrivateRabbitmq(folder)
}
