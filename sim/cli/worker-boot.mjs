// Starts a worker thread from the sources: threads of Node 20 load TypeScript only when told so from within. The compiled program
// starts the thread's own file instead.

import { workerData } from 'node:worker_threads'
import { register } from 'tsx/esm/api'

register()
await import(workerData.body)
