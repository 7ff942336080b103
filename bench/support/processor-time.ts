// Processor time of this process, which other work on the machine disturbs less than the clock on the wall.

/** Milliseconds of processor time since `start`, user and system, all threads. */
export function spent(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}
