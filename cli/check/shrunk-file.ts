import { dirname, isAbsolute, join, relative } from "node:path";
import { type Document, isMap, isScalar, isSeq, parseDocument } from "yaml";
import type { Failure } from "../../sim/check/campaign.ts";
import { invariantNames } from "../../sim/check/registry.ts";
import { formatSpan } from "../../sim/engine/time.ts";
import { isModuleFile } from "../../sim/scenario/read-cluster.ts";
import type { NamedText } from "../files/read.ts";

/** The scenario with the faults that broke it, and the law that they broke as an expectation. */
export function shrunkFile(input: NamedText, failure: Failure, path: string): string {
  const document = parseDocument(input.text);
  const { breach, seed, faults } = failure;
  document.setIn(["spec", "seed"], seed);
  document.setIn(["spec", "title"], `${breach.invariant} is broken: ${breach.message}`);
  const steps = document.getIn(["spec", "steps"]);
  if (isSeq(steps)) {
    for (const step of steps.items)
      if (isMap(step)) {
        relocate(step, input.folder, dirname(path));
        step.delete("expect");
      }
    faults.forEach(({ at, fault }, index) => {
      steps.add(
        document.createNode({
          id: `campaign-${index + 1}`,
          at: formatSpan(at),
          fault,
          mayFail: true,
        }),
      );
    });
  }
  relocateModules(document, input.folder, dirname(path));
  document.deleteIn(["spec", "measure"]);
  document.deleteIn(["spec", "expect"]);
  const until = formatSpan(Math.max(breach.time + 1_000_000, 1_000_000));
  document.setIn(["spec", "duration"], until);
  if (invariantNames.includes(breach.invariant))
    document.setIn(
      ["spec", "expect"],
      document.createNode([{ name: breach.invariant, always: { invariant: breach.invariant } }]),
    );
  return String(document);
}

/** Modules of the user's own are named relative to the scenario, too. */
function relocateModules(document: Document, from: string, to: string): void {
  const move = (at: readonly (string | number)[]): void => {
    const name = document.getIn(at);
    if (typeof name !== "string" || isAbsolute(name) || !isModuleFile(name)) return;
    const moved = relative(to, join(from, name)).split("\\").join("/");
    document.setIn(at, moved.startsWith(".") ? moved : `./${moved}`);
  };
  move(["spec", "cluster", "scheduler"]);
  const modules = document.getIn(["spec", "cluster", "controllers", "modules"]);
  if (isSeq(modules))
    for (const at of modules.items.keys()) move(["spec", "cluster", "controllers", "modules", at]);
}

type MapNode = Parameters<typeof isMap>[0] & { get(key: string, keep: true): unknown };

/** Files are named relative to the scenario, which moves. */
function relocate(step: unknown, from: string, to: string): void {
  if (!isMap(step)) return;
  const apply = (step as unknown as MapNode).get("apply", true);
  const move = (scalar: unknown): void => {
    if (
      isScalar(scalar) &&
      typeof scalar.value === "string" &&
      !isAbsolute(scalar.value) &&
      !scalar.value.includes("\n")
    )
      scalar.value = relative(to, join(from, scalar.value)).split("\\").join("/");
  };
  if (isScalar(apply)) move(apply);
  if (!isMap(apply)) return;
  const file = (apply as unknown as MapNode).get("file", true);
  if (isSeq(file)) for (const item of file.items) move(item);
  else move(file);
}
