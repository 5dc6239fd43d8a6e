import type { Node } from "../../types.gen.ts";
import type { KindPrinter } from "./printer.ts";
import { age, columns, printer } from "./printer.ts";
import { orNone, sortedSet } from "./text.ts";

const ROLE_PREFIX = "node-role.kubernetes.io/";

/** Roles by label, in order; `<none>` when there are none. */
function nodeRoles(node: Node): string {
  const roles: string[] = [];
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX) && key.length > ROLE_PREFIX.length)
      roles.push(key.slice(ROLE_PREFIX.length));
    else if (key === "kubernetes.io/role" && value !== "") roles.push(value);
  }
  return orNone(sortedSet(roles).join(","));
}

/** The STATUS column of `kubectl get nodes`. */
function nodeStatusText(node: Node): string {
  const ready = node.status?.conditions?.findLast(({ type }) => type === "Ready");
  const words = [ready === undefined ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady"];
  if (node.spec?.unschedulable === true) words.push("SchedulingDisabled");
  return words.join(",");
}

function address(node: Node, wanted: string): string {
  return node.status?.addresses?.find(({ type }) => type === wanted)?.address ?? "<none>";
}

function orUnknown(text: string | undefined): string {
  return text === undefined || text === "" ? "<unknown>" : text;
}

function kernelText(node: Node): string {
  const { kernelVersion, architecture } = node.status?.nodeInfo ?? {};
  const kernel = orUnknown(kernelVersion);
  return architecture === undefined || architecture === "" ? kernel : `${kernel} (${architecture})`;
}

export const nodePrinter: KindPrinter = printer<Node>(
  columns(
    "Name",
    "Status",
    "Roles",
    "Age",
    "Version",
    "Internal-IP|string|wide",
    "External-IP|string|wide",
    "OS-Image|string|wide",
    "Kernel-Version|string|wide",
    "Container-Runtime|string|wide",
  ),
  (node, context) => [
    node.metadata.name,
    nodeStatusText(node),
    nodeRoles(node),
    age(node, context),
    node.status?.nodeInfo?.kubeletVersion ?? "",
    address(node, "InternalIP"),
    address(node, "ExternalIP"),
    orUnknown(node.status?.nodeInfo?.osImage),
    kernelText(node),
    orUnknown(node.status?.nodeInfo?.containerRuntimeVersion),
  ],
);
