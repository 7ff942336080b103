// The parts that dialogues of RFC 4951 are made of. A is the endpoint that failed and recovers, R the remote one; the old tunnel
// is x at A and y at R, the recovery tunnel z at A and w at R, a session a at A and b at R; p and q are the suggested numbers.

/** The recovery tunnel, and the control channel reset on both sides (RFC 4951 3.2.1, 3.2.2). */
export const REC = `
  A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}
  R>A SCCRP [z 0/1] {9=w,78(p,q)}
  A reset [x p/q]
  A>R SCCCN [w 1/1]
  R reset [y q/p]
  R>A ZLB [z 1/2]
`

/** The end of the recovery tunnel (R4951-AMB-42). */
export const END = `
  A>R StopCCN [w 2/1] {9=z,1=1}
  R>A ZLB [z 1/3]
`

/** Failover Session State AVPs for sessions a1-b1, a2-b2 …, as A writes them. */
export const asked = (...sessions: readonly string[]): string => sessions.map((session) => `79(${session})`).join(',')

/** `count` sessions by the letters `first` and `second`: `a1,b1`, `a2,b2` …, from number `from` on. */
export const numbered = (first: string, second: string, count: number, from = 1): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${first}${String(from + i)},${second}${String(from + i)}`)

/** Both sides query the same sessions in one FSQ each; what each asks about is given as the AVPs of A and of R. */
export const syncOf = (atA: string, atR: string): string => `
  A>R FSQ [y p/q] {${atA}}
  R>A FSR [x q/p+1] {${atR}}
  A>R ZLB [y p+1/q+1]
  R>A FSQ [x q+1/p+1] {${atR}}
  A>R FSR [y p+1/q+2] {${atA}}
  R>A ZLB [x q+2/p+2]
`
// The congestion window is 1 after the reset (R4951-AMB-40): R's FSQ waits until its FSR is acknowledged.

/** One session each (RFC 4951 3.3). */
export const SYNC = syncOf('79(a,b)', '79(b,a)')

/** `count` sessions, a1-b1 and so on. */
export const syncAll = (count: number): string => syncOf(asked(...numbered('a', 'b', count)), asked(...numbered('b', 'a', count)))

/** A message and its retransmissions, 1, 2, 4 and then 8 s after the one before (RFC 2661 5.8); with `!lost` at its end each is lost. */
export function repeated(message: string, times: number): string {
  const again = message.replace(/(?= !lost$|$)/, ' !again')
  return [message, ...Array.from({ length: times }, (_, i) => `+${String(Math.min(1 << i, 8))}s ${again}`)].join('\n')
}

/** Rows of the tables at the end: the recovered tunnel after one query and one answer each way. */
export const RECOVERED = `
  A tunnel x-y p+2/q+2
  R tunnel y-x q+2/p+2
`

/** Rows of both sides for sessions such as `a1,b1`. */
export const kept = (...sessions: readonly string[]): string =>
  sessions.map((session) => session.split(',')).map(([a = '', b = '']) => `A session ${a}-${b}\nR session ${b}-${a}`).join('\n')

/** The same dialogue with the parts of A and R exchanged. */
export function exchanged(dialogue: string): string {
  const others: Readonly<Record<string, string>> = { A: 'R', R: 'A', x: 'y', y: 'x', z: 'w', w: 'z', a: 'b', b: 'a' }
  return dialogue.replace(/\b([ARxyzwab])(?=\d*\b)/g, (letter) => others[letter] ?? letter)
}

/** The same dialogue with a number added to some of its letters: `x` becomes `x2`. */
export function labelled(dialogue: string, number: number, letters = 'xyzwpqab'): string {
  return dialogue.replace(new RegExp(`(?<![\\w!])([${letters}])(?![\\w])`, 'g'), `$1${String(number)}`)
}
