// Workers, and the first of them: made before anything else of the page is there, because reading and running its code takes longest.

/** Another worker; all are of one code. */
export const newWorker = (): Worker => new Worker(new URL('./run-worker.ts', import.meta.url), { type: 'module' })

let first: Worker | undefined = newWorker()

/** The worker that was made when the page began; a new one when that is taken. */
export function readyWorker(): Worker {
  const worker = first ?? newWorker()
  first = undefined
  return worker
}
