// The little of dagre that the drawings of state machines use; its own types refer to a package that does not carry any.

declare module '@dagrejs/dagre' {
  interface Point {
    readonly x: number
    readonly y: number
  }

  interface Extent {
    readonly width: number
    readonly height: number
  }

  export class Graph {
    setGraph(options: Readonly<Record<string, string | number>>): void
    setNode(name: string, size: Extent): void
    /** With the size of its words, and where they stand: `c` on the line. */
    setEdge(from: string, to: string, label: Extent & { readonly labelpos: 'c' }): void
    /** After `layout`: middle and size. */
    node(name: string): Point & Extent
    /** After `layout`: its way, and the middle of its words. */
    edge(from: string, to: string): Point & { readonly points: readonly Point[] }
    graph(): Extent
  }

  export function layout(graph: Graph): void
}
