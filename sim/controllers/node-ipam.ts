import type { Node } from "../api/types.gen.ts";
import type { Controller } from "./runtime/controller.ts";

/** `--cluster-cidr` 10.244.0.0/16, cut into one /24 per node (`--node-cidr-mask-size`). */
const PREFIX = "10.244";
const RANGES = 256;

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
    reconcile(key, { client, record }) {
      const node = client.live("Node", key);
      if (node === undefined || (node.spec?.podCIDR ?? "") !== "") return;
      // Asked of the API itself: a cache that lags would give a range twice.
      const taken = new Set<string>();
      for (const { spec } of client.liveList("Node"))
        for (const range of spec?.podCIDRs ?? []) taken.add(range);
      const free = rangeOutside(taken);
      if (free === undefined) {
        record.event(
          node,
          "Normal",
          "CIDRNotAvailable",
          `Node ${key} status is now: CIDRNotAvailable`,
        );
        return;
      }
      client.update("Node", { ...node, spec: { ...node.spec, podCIDR: free, podCIDRs: [free] } });
    },
  };
}

function rangeOutside(taken: ReadonlySet<string>): string | undefined {
  for (let third = 0; third < RANGES; third++) {
    const range = `${PREFIX}.${third}.0/24`;
    if (!taken.has(range)) return range;
  }
  return undefined;
}
