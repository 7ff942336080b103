// The little of dagre that the drawings of state machines use; its own types refer to a package that does not carry any.

declare module '@dagrejs/dagre' {
  interface Point {
    readonly x: number
    readonly y: number
  }

  export class Graph {
    setGraph(options: Readonly<Record<string, string | number>>): void
    setDefaultEdgeLabel(label: () => Record<string, never>): void
    setNode(name: string, size: { readonly width: number; readonly height: number }): void
    setEdge(from: string, to: string): void
    /** After `layout`: middle and size. */
    node(name: string): Point & { readonly width: number; readonly height: number }
    edge(from: string, to: string): { readonly points: readonly Point[] }
    graph(): { readonly width: number; readonly height: number }
  }

  export function layout(graph: Graph): void
}
