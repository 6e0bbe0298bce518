import { connect } from 'node:net'

/** First method of the server, its answer to a login that it accepts; both of class 10, connection (AMQP 0-9-1, §1.4). */
const connectionClass = 10
const start = 10
const startOk = 11
const tune = 30
const frameHeaderBytes = 7

export type AmqpAddress = {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
}

/** The parts of an `amqp://` URL, with AMQP's defaults. */
export function parseAmqpUrl(url: string): AmqpAddress {
  const { hostname, port, username, password } = new URL(url)
  return {
    host: hostname === '' ? '127.0.0.1' : hostname,
    port: port === '' ? 5672 : Number(port),
    user: username === '' ? 'guest' : decodeURIComponent(username),
    password: password === '' ? 'guest' : decodeURIComponent(password),
  }
}

/** Whether an AMQP broker listens there and lets this user in. Speaks just enough of the protocol to know, so needs no client. */
export function acceptsLogin({ host, port, user, password }: AmqpAddress, timeoutMs = 3_000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const settle = (accepted: boolean): void => {
      socket.destroy()
      resolve(accepted)
    }
    let received = Buffer.alloc(0)
    socket.setTimeout(timeoutMs, () => settle(false))
    socket.on('error', () => settle(false))
    socket.on('close', () => settle(false))
    socket.on('connect', () => socket.write('AMQP\x00\x00\x09\x01', 'latin1'))
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      if (received.length < frameHeaderBytes) return
      const frameBytes = frameHeaderBytes + received.readUInt32BE(3) + 1
      if (received.length < frameBytes) return
      const isConnection = received.readUInt16BE(frameHeaderBytes) === connectionClass
      const method = received.readUInt16BE(frameHeaderBytes + 2)
      received = received.subarray(frameBytes)
      if (isConnection && method === start) socket.write(loginFrame(user, password))
      else settle(isConnection && method === tune)
    })
  })
}

function loginFrame(user: string, password: string): Buffer {
  const payload = Buffer.concat([
    uint16(connectionClass),
    uint16(startOk),
    uint32(0), // no client properties
    shortString('PLAIN'),
    longString(`\0${user}\0${password}`),
    shortString('en_US'),
  ])
  return Buffer.concat([Buffer.from([1, 0, 0]), uint32(payload.length), payload, Buffer.from([0xce])])
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function shortString(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text)])
}

function longString(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([uint32(bytes.length), bytes])
}
