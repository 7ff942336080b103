// The way in and out of control message bodies: encodeMessage and decodeBody with what they speak of.

export { decodeBody, type AvpNote, type Body } from './decode.ts'
export { encodeMessage, type Form, type Hiding } from './encode.ts'
export type { BodyFault } from './fault.ts'
