// The parts of a failing plan in a few words each, as its chips in the explorer have them: a fault, and what befalls one packet. From plain
// data in the units of a file, not from a scenario; a word for the eye, from which nothing is read back.

export type Data = Readonly<Record<string, unknown>>

/** Of one value at most so many characters. */
const LONGEST = 24

/** `crash lns1 at 5s, plane both`; `cut lac1 – lns1 1s after lac1 sends SCCRQ no. 2`. */
export function faultWords({ kind, name, at, when, delay, ...rest }: Data): string {
  const [[, victim] = [], ...others] = Object.entries(rest)
  const said = others.map(([key, value]) => `, ${key} ${text(value)}`)
  const later = delay === undefined ? '' : ` and ${text(delay)}`
  const moment = at === undefined ? triggerWords((when ?? {}) as Data, delay) : `at ${text(at)}${later}`
  return `${text(name ?? kind)} ${text(victim)} ${moment}${said.join('')}`
}

function triggerWords({ endpoint, sends, receives, tunnel, nth }: Data, delay: unknown): string {
  const deed = sends === undefined ? `receives ${text(receives)}` : `sends ${text(sends)}`
  const moment = delay === undefined ? 'when' : `${text(delay)} after`
  return `${moment} ${text(endpoint)} ${deed}${nth === undefined ? '' : ` no. ${text(nth)}`}${trackWords(tunnel)}`
}

/** `drop SCCRQ no. 1 from lac1`; `delay ZLB no. 2 and the next 3 from lns1 by 2s`. */
export function packetWords(step: Data): string {
  const verb = Object.keys(step).join()
  const { message, tunnel, from, nth = 1, count = 1, by, bit } = (step[verb] ?? {}) as Data
  const more = count === 1 ? '' : count === 'all' ? ' and all after it' : ` and the next ${String(Number(count) - 1)}`
  const which = `${message === undefined ? 'packet' : text(message)} no. ${text(nth)}${more}`
  const how = [by === undefined ? '' : ` by ${text(by)}`, bit === undefined ? '' : `, bit ${text(bit)}`].join('')
  return `${verb} ${which}${trackWords(tunnel)}${from === undefined ? '' : ` from ${text(from)}`}${how}`
}

const trackWords = (tunnel: unknown): string => (tunnel === undefined ? '' : ` on the ${text(tunnel)} tunnel`)

function text(value: unknown): string {
  const words = Array.isArray(value) ? value.map(String).join(' – ') : typeof value === 'string' ? value : JSON.stringify(value)
  return words.length > LONGEST ? `${words.slice(0, LONGEST - 1)}…` : words
}
