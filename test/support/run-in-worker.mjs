// Runs a shipped scenario in a worker thread and posts its digest. Node 20's workers load TypeScript through tsx only when told so
// from within.

import { parentPort, workerData } from 'node:worker_threads'
import { register } from 'tsx/esm/api'

register()
const { digestOfShipped } = await import('./digest-of-shipped.ts')
parentPort.postMessage(digestOfShipped(workerData.name, workerData.seed))
