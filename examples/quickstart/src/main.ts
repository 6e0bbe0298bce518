import { once } from 'node:events'
import { trackerServer } from './tracker-server.ts'

const PORT = 4000

const server = trackerServer().listen(PORT)
await once(server, 'listening')
// The program does not need to keep us waiting: the server alone would not let the process end.
server.unref()
await import('./quickstart.ts')
