// One thread of `npm run zoo`: is handed a specimen and a strategy, and tells what caught it.

import { parentPort, workerData } from 'node:worker_threads'

const { search, specimens } = await import(workerData.zoo)
const byName = new Map(specimens.map((specimen) => [specimen.name, specimen]))

parentPort.on('message', ({ name, strategy, limit }) => {
  parentPort.postMessage(search(byName.get(name), { strategy, limit }) ?? null)
})
