/** Maps each name to the names that it imports. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** Makes a graph from arrows. */
export function graphOf(arrows: readonly { readonly from: string; readonly to: string }[]): Graph {
  const graph = new Map<string, Set<string>>();
  for (const { from, to } of arrows) {
    graph.set(from, (graph.get(from) ?? new Set()).add(to));
  }
  return graph;
}

/** Every cycle that a walk over the graph finds, as a path that ends where it begins. Empty if there is no cycle. */
export function cyclesIn(graph: Graph): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (node: string, path: readonly string[]): void => {
    const start = path.indexOf(node);
    if (start >= 0) {
      found.push([...path.slice(start), node].join(" -> "));
    } else if (!done.has(node)) {
      for (const next of graph.get(node) ?? []) {
        walk(next, [...path, node]);
      }
      done.add(node);
    }
  };
  for (const node of graph.keys()) {
    walk(node, []);
  }
  return found;
}
