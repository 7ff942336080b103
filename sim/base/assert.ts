// A broken promise of ours: ends the run as a bug of the simulator. Never used for a peer's bytes or a user's input.

/** Thrown when the simulator contradicts itself; the driver adds seed and record number. */
export class SimulatorBug extends Error {
  override readonly name = 'SimulatorBug'
}

/** Throws SimulatorBug with `message` unless `condition` holds. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new SimulatorBug(message)
}

/** For the default branch of an exhaustive switch. */
export function unreachable(value: never): never {
  throw new SimulatorBug(`unexpected value ${JSON.stringify(value)}`)
}
