import { descriptorByApiVersion } from "../api/kinds/registry.ts";
import { validateCreate } from "../api/kinds/strategy.ts";
import { slicesOfNode } from "../api/node-devices.ts";
import type { KubeObject } from "../api/object.ts";
import { expandTemplate, type NodeTemplate, nodeManifest } from "../node/machine/node-template.ts";
import { fieldPath } from "./manifest.ts";
import type { Path } from "./problem.ts";

/** Hears of what the API would refuse, by its place under `nodes`. */
type Report = (path: Path, message: string, suggestion?: string) => void;

/** Checks the machines that a cluster begins with: nobody could catch the API's refusal once the run has begun. */
export function checkNodes(templates: readonly NodeTemplate[], report: Report): void {
  const taken = new Map<string, number>();
  templates.forEach((template, at) => {
    const specimens = expandTemplate(template, (name) => taken.has(name));
    const twice = specimens.find(({ name }) => taken.has(name));
    if (twice !== undefined)
      report(
        [at, "name"],
        `expected every node's name once, got ${JSON.stringify(twice.name)} again`,
        'Put {i} into the name: "node-{i}" takes the next free numbers.',
      );
    for (const { name } of specimens) taken.set(name, at);
    // The names of a template differ in their number alone: the last is the longest.
    const last = specimens.at(-1);
    const descriptor = descriptorByApiVersion("v1", "Node");
    if (last === undefined || descriptor === undefined) return;
    for (const { field, message } of validateCreate(descriptor, nodeManifest(last) as KubeObject))
      report([at, ...placeOf(field, template)], message);
    const slices = descriptorByApiVersion("resource.k8s.io/v1", "ResourceSlice");
    if (slices === undefined) return;
    for (const slice of slicesOfNode(last.name, last.devices))
      for (const { message } of validateCreate(slices, slice as KubeObject))
        report([at, "devices"], message);
  });
}

/** Where in the template a field of the Node comes from. */
function placeOf(field: string, template: NodeTemplate): Path {
  const [, part = "", ...rest] = fieldPath(field);
  // The node's own name is a label, too.
  return part === "labels" && template.labels === undefined ? ["name"] : [part, ...rest];
}
