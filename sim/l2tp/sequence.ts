// Serial arithmetic on sequence numbers. Those of 16 bits (RFC 2661 5.8) wrap at 65536, and of two numbers one is old when it is the
// other's predecessor or one of the 32767 before it; those of L2TPv3 data have 24 bits (RFC 3931 4.6) and the same rule.

/** The number after `n`. */
export const next16 = (n: number): number => (n + 1) & 0xffff

/** How far `n` lies ahead of `base`, 0..65535; 32768 and more means that it lies behind. */
export const ahead16 = (base: number, n: number): number => (n - base) & 0xffff

/** Whether a message with number `n` is old for a receiver that expects `expected`. */
export const isOld16 = (expected: number, n: number): boolean => ((n - expected) & 0xffff) >= 0x8000

/** The same for numbers up to `largest`, one less than a power of two. */
export const next = (n: number, largest: number): number => (n + 1) & largest

export const isOld = (expected: number, n: number, largest: number): boolean => ((n - expected) & largest) > largest >>> 1
