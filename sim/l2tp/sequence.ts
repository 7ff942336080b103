// Serial arithmetic on 16-bit sequence numbers (RFC 2661 5.8): numbers wrap at 65536, and of two numbers one is old when it is
// the other's predecessor or one of the 32767 before it.

/** The number after `n`. */
export const next16 = (n: number): number => (n + 1) & 0xffff

/** How far `n` lies ahead of `base`, 0..65535; 32768 and more means that it lies behind. */
export const ahead16 = (base: number, n: number): number => (n - base) & 0xffff

/** Whether a message with number `n` is old for a receiver that expects `expected`. */
export const isOld16 = (expected: number, n: number): boolean => ((n - expected) & 0xffff) >= 0x8000
