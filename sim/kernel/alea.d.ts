// Type of seedrandom's `alea` on its own. The package's main entry is not used: on loading it seeds itself from the machine.

declare module 'seedrandom/lib/alea.js' {
  export interface Alea {
    readonly double: () => number
    readonly int32: () => number
    readonly state: () => { readonly c: number; readonly s0: number; readonly s1: number; readonly s2: number }
  }
  const alea: (seed: string, options: { readonly state: true }) => Alea
  export default alea
}
