import { wholeValue } from "../api/meta/quantity.ts";
import { defineFault, type FaultSpec } from "./fault.ts";
import { modeParameters, targetNodes } from "./targets.ts";

const TYPES = { memory: "MemoryPressure", disk: "DiskPressure", pid: "PIDPressure" } as const;
type Resource = keyof typeof TYPES;

/** Something outside Kubernetes takes a node's memory, disk or processes. */
export const nodePressure = defineFault<readonly string[]>({
  name: "node-pressure",
  description: "Something outside Kubernetes takes a node's memory, disk or processes.",
  targets: ["node", "nodes", "zone", "selector"],
  parameters: {
    ...modeParameters,
    resource: {
      type: "string",
      description: "What runs short.",
      default: "memory",
      enum: Object.keys(TYPES),
    },
    taken: {
      type: "quantity",
      description: "For memory: how much is taken; all of it when absent.",
    },
  },
  begin: (context, fault) => {
    const type = typeOf(fault["resource"]);
    const nodes = targetNodes(context, fault);
    for (const node of nodes) context.nodes.press(node, type, takenBy(fault));
    return nodes;
  },
  end: ({ nodes }, fault, hit) => {
    for (const node of hit) nodes.relieve(node, typeOf(fault["resource"]), takenBy(fault));
  },
});

function takenBy({ taken }: FaultSpec): number {
  return taken === undefined ? Number.MAX_SAFE_INTEGER / 4 : wholeValue(String(taken));
}

function typeOf(resource: unknown): (typeof TYPES)[Resource] {
  const name = String(resource ?? "memory");
  if (!(name in TYPES))
    throw new RangeError(
      `node-pressure: resource: expected memory, disk or pid, got ${JSON.stringify(resource)}`,
    );
  return TYPES[name as Resource];
}
