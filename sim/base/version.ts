// Version of the simulator: part of every result and trace header. The same as in package.json, which a test checks.

export const VERSION = '0.1.0'
