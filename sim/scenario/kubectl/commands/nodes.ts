import type { Node, Taint } from "../../../api/types.gen.ts";
import { selects } from "../../expect/state-functions.ts";
import { type KubectlCommand, targetsOf, usageError } from "../command.ts";

/** Marks a node unschedulable or schedulable. */
export function setUnschedulable(node: Node, unschedulable: boolean): Node {
  const { unschedulable: _, ...spec } = node.spec ?? {};
  return { ...node, spec: unschedulable ? { ...spec, unschedulable: true } : spec };
}

function cordoning(name: "cordon" | "uncordon"): KubectlCommand {
  return {
    name,
    usage: `${name} NODE…`,
    flags: ["selector"],
    words: 0,
    run: (input, context) => {
      for (const { kind, key } of targetsOf(["node", ...input.words], input, context, selects)) {
        context.api.change<Node>(kind, key, (node) => setUnschedulable(node, name === "cordon"));
        context.note(`node/${key} ${name}ed`);
      }
      return undefined;
    },
  };
}

/** `kubectl cordon` */
export const cordon = cordoning("cordon");
/** `kubectl uncordon` */
export const uncordon = cordoning("uncordon");

const TAINT = /^([^=:]+)(?:=([^:]*))?(?::(NoSchedule|PreferNoSchedule|NoExecute))?(-)?$/;

function retaint(before: readonly Taint[], edit: string): readonly Taint[] {
  const match = TAINT.exec(edit);
  if (match === null) throw usageError(`invalid taint spec: ${edit}`);
  const [, key = "", value, effect, minus] = match;
  const kept = before.filter(
    (taint) => taint.key !== key || (effect !== undefined && taint.effect !== effect),
  );
  if (minus !== undefined) {
    if (kept.length === before.length)
      throw usageError(`taint ${JSON.stringify(edit.slice(0, -1))} not found`);
    return kept;
  }
  if (effect === undefined) throw usageError(`invalid taint spec: ${edit}, an effect is missing`);
  return [...kept, { key, ...(value === undefined || value === "" ? {} : { value }), effect }];
}

/** `kubectl taint` */
export const taint: KubectlCommand = {
  name: "taint",
  usage: "taint nodes NAME key=value:effect… key:effect-",
  flags: ["selector", "all", "overwrite"],
  words: 2,
  run: (input, context) => {
    const [kind = "", ...rest] = input.words;
    const edits = rest.filter(
      (word) =>
        TAINT.test(word) &&
        /[=:-]/.test(word.slice(1)) &&
        (word.includes(":") || word.endsWith("-")),
    );
    const names = rest.filter((word) => !edits.includes(word));
    for (const node of targetsOf([kind, ...names], input, context, selects)) {
      context.api.change<Node>(node.kind, node.key, (before) => {
        const taints = edits.reduce(retaint, before.spec?.taints ?? []);
        const { taints: _, ...spec } = before.spec ?? {};
        return { ...before, spec: taints.length === 0 ? spec : { ...spec, taints } };
      });
      context.note(`node/${node.name} tainted`);
    }
    return undefined;
  },
};
