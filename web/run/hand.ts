// A worker with numbered orders: answers carry the number of what they answer.

import { failure } from '../state.ts'
import { newWorker } from './first-worker.ts'
import type { Answer, Order } from './protocol.ts'

type WithoutTicket<T> = T extends Order ? Omit<T, 'ticket'> : never

/** A worker with numbered orders. */
export class Hand {
  private readonly worker: Worker
  private tickets = 0

  constructor(hear: (answer: Answer, hand: Hand) => void, worker = newWorker()) {
    this.worker = worker
    this.worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
      hear(data, this)
    })
    this.worker.addEventListener('error', (event) => {
      failure.value = event.message
    })
  }

  /** Number of the latest order. */
  get latest(): number {
    return this.tickets
  }

  give(order: WithoutTicket<Order>): number {
    this.tickets += 1
    this.worker.postMessage({ ...order, ticket: this.tickets })
    return this.tickets
  }

  end(): void {
    this.worker.terminate()
  }
}
