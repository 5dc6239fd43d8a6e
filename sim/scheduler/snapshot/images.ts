import type { ContainerImage, Node } from "../../api/types.gen.ts";

/** What the cluster knows of an image name. */
export interface ImageState {
  /** Bytes, as the first node reported. */
  readonly size: number;
  /** Nodes that have it. */
  nodes: number;
  /** Raised whenever `nodes` changes. */
  version: number;
}

/** Image names in the cluster: their size and on how many nodes they are. */
export class ImageTable {
  private readonly states = new Map<string, ImageState>();
  private readonly onNode = new Map<number, ReadonlySet<string>>();

  /** State of an image on a node; `undefined` where the node lacks it. */
  stateOn(node: number, name: string): ImageState | undefined {
    return this.onNode.get(node)?.has(name) === true ? this.states.get(name) : undefined;
  }

  /** How often the spread of an image changed; 0 for an image nobody has. */
  version(name: string): number {
    return this.states.get(name)?.version ?? 0;
  }

  /** Replaces what a node reports; `undefined` when the node is gone. */
  setNode(index: number, node: Node | undefined): void {
    const names = new Map<string, number>();
    for (const image of node?.status?.images ?? [])
      for (const name of image.names ?? []) if (!names.has(name)) names.set(name, sizeOf(image));
    const before = this.onNode.get(index);
    for (const name of before ?? []) if (!names.has(name)) this.count(name, 0, -1);
    for (const [name, size] of names) if (before?.has(name) !== true) this.count(name, size, 1);
    if (names.size === 0) this.onNode.delete(index);
    else this.onNode.set(index, new Set(names.keys()));
  }

  private count(name: string, size: number, by: number): void {
    const state = this.states.get(name);
    if (state === undefined || (state.nodes === 0 && by > 0)) {
      this.states.set(name, { size, nodes: 1, version: (state?.version ?? 0) + 1 });
      return;
    }
    state.nodes += by;
    state.version++;
  }
}

function sizeOf(image: ContainerImage): number {
  return image.sizeBytes ?? 0;
}
