// Runs the real tshark. A machine without it must say so and fail: a check that cannot run is never counted as passed.

import { spawnSync } from 'node:child_process'

const INSTALL = 'apt-get install -y --no-install-recommends tshark'

/** What `tshark ARGUMENTS` prints on standard output. Throws when it is missing or refuses. */
export function tshark(...commandLine: readonly string[]): string {
  const outcome = spawnSync('tshark', commandLine, { encoding: 'utf8', maxBuffer: 1 << 28 })
  if (outcome.error !== undefined)
    throw new Error(`tshark cannot be run (${outcome.error.message}); install it with: ${INSTALL}`)
  if (outcome.status !== 0) throw new Error(`tshark ${commandLine.join(' ')} failed: ${outcome.stderr}`)
  return outcome.stdout
}

/** The named fields of every packet of the capture, as tshark prints them. */
export function tsharkFields(capture: string, ...fields: readonly string[]): string[][] {
  const options = [
    '-o',
    'ip.check_checksum:TRUE',
    '-o',
    'udp.check_checksum:TRUE',
    '-T',
    'fields',
    '-E',
    'separator=/t',
    '-E',
    'occurrence=a',
  ]
  const text = tshark('-r', capture, ...options, ...fields.flatMap((field) => ['-e', field]))
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'))
}
