import { defineFault } from "./fault.ts";
import { targetNodes, targetOf } from "./targets.ts";

type Broken = readonly (readonly [image: string, node: string | undefined])[];

/** The registry cannot be reached, for some images or nodes. */
export const imagePullFailure = defineFault<Broken>({
  name: "image-pull-failure",
  description: "Pulls fail: of images whose name contains a text, on some nodes or all.",
  targets: ["image", "node", "nodes", "zone"],
  parameters: {},
  begin: (context, fault) => {
    const target = targetOf(fault, "image");
    const image = String(target["image"] ?? "");
    const local = ["node", "nodes", "zone"].some((key) => target[key] !== undefined);
    const nodes = local ? targetNodes(context, { ...fault, target, mode: "all" }) : [undefined];
    for (const node of nodes) context.nodes.breakPulls(image, node);
    return nodes.map((node) => [image, node] as const);
  },
  end: ({ nodes }, _fault, broken) => {
    for (const [image, node] of broken) nodes.mendPulls(image, node ?? undefined);
  },
});
