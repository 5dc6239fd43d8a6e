import type { Node } from "../api/types.gen.ts";
import type { Controller } from "./runtime/controller.ts";

/** `--cluster-cidr` 10.244.0.0/16, cut into one /24 per node (`--node-cidr-mask-size`). */
const PREFIX = "10.244";
const RANGES = 256;
/** Where the number of the next range to try is kept. */
const NEXT = "next";

/** Gives every node a range of pod addresses of its own. Runs when it is enabled (`--allocate-node-cidrs`). */
export function nodeIpam(): Controller {
  return {
    name: "node-ipam-controller",
    eventSource: "cidrAllocator",
    for: "Node",
    concerns: (after) => after !== undefined && ((after as Node).spec?.podCIDR ?? "") === "",
    watches: [
      {
        kind: "Node",
        // A range that comes free may help a node that found none.
        keys: (after, _before, client) =>
          after === undefined
            ? [...client.list("Node")]
                .filter(({ spec }) => !spec?.podCIDR)
                .map(({ metadata }) => metadata.name)
            : [],
      },
    ],
    // Ranges are taken one at a time, or two nodes would be given the same one.
    workers: 1,
    reconcile(key, { client, memory, record }) {
      const node = client.live("Node", key);
      if (node === undefined || (node.spec?.podCIDR ?? "") !== "") return;
      // Asked of the API itself: a cache that lags would give a range twice.
      const taken = new Set<string>();
      for (const { spec } of client.liveList("Node"))
        for (const range of spec?.podCIDRs ?? []) taken.add(range);
      const free = nextRange(taken, (memory.get(NEXT) as number | undefined) ?? 0);
      if (free === undefined) {
        record.event(
          node,
          "Normal",
          "CIDRNotAvailable",
          `Node ${key} status is now: CIDRNotAvailable`,
        );
        return;
      }
      memory.set(NEXT, (free + 1) % RANGES);
      const range = rangeOf(free);
      client.update("Node", { ...node, spec: { ...node.spec, podCIDR: range, podCIDRs: [range] } });
    },
  };
}

function rangeOf(number: number): string {
  return `${PREFIX}.${number}.0/24`;
}

/** The first free range from one on: those that came free are given again only after all others (upstream `cidrset`). */
function nextRange(taken: ReadonlySet<string>, from: number): number | undefined {
  for (let step = 0; step < RANGES; step++) {
    const number = (from + step) % RANGES;
    if (!taken.has(rangeOf(number))) return number;
  }
  return undefined;
}
