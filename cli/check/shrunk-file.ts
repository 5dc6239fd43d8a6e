import { dirname, isAbsolute, join, relative } from "node:path";
import { type Document, isMap, isScalar, isSeq, parseDocument } from "yaml";
import type { Breach } from "../../sim/check/breach.ts";
import type { Failure } from "../../sim/check/campaign.ts";
import { invariantNames } from "../../sim/check/registry.ts";
import { formatSpan } from "../../sim/engine/time.ts";
import { isModuleFile } from "../../sim/scenario/read-cluster.ts";
import type { NamedText } from "../files/read.ts";

/** The scenario with the faults that broke it, and the law that they broke as an expectation. */
export function shrunkFile(input: NamedText, failure: Failure, path: string): string {
  const document = parseDocument(input.text);
  const { breach, seed, faults } = failure;
  const broken = expectationOf(document, breach);
  document.setIn(["spec", "seed"], seed);
  document.setIn(["spec", "title"], `${breach.invariant} is broken: ${breach.message}`);
  if (!document.hasIn(["spec", "steps"]))
    document.setIn(["spec", "steps"], document.createNode([]));
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
  if (broken !== undefined)
    document.setIn(["spec", "expect"], document.createNode([moved(broken, input.folder, path)]));
  return String(document);
}

interface Written {
  readonly name?: string;
  readonly always?: Readonly<Record<string, unknown>> & { readonly invariant: string };
  readonly eventually?: Readonly<Record<string, unknown>>;
}

/** When a workload is well again, as a condition of a scenario. */
const recovered: Readonly<Record<string, (key: string) => string>> = {
  Deployment: (key) =>
    `deployment(${key}).status.availableReplicas >= deployment(${key}).spec.replicas`,
  StatefulSet: (key) =>
    `statefulset(${key}).status.readyReplicas >= statefulset(${key}).spec.replicas`,
  DaemonSet: (key) =>
    `daemonset(${key}).status.desiredNumberScheduled > 0 && daemonset(${key}).status.numberReady >= daemonset(${key}).status.desiredNumberScheduled`,
};

/** The expectation that the run does not keep: a law, or what must be true in the end. */
function expectationOf(document: Document, breach: Breach): Written | undefined {
  const { invariant, expectation, time, workload } = breach;
  if (invariantNames.includes(invariant)) return { name: invariant, always: { invariant } };
  if (workload !== undefined) {
    const that = recovered[workload.kind]?.(JSON.stringify(workload.key));
    return { name: invariant, eventually: { since: formatSpan(time), that } };
  }
  if (expectation === undefined) return undefined;
  const { spec } = document.toJS() as {
    spec: { steps?: { expect?: unknown }[]; expect?: unknown };
  };
  const written = [...(spec.steps ?? []), spec].flatMap(({ expect }) => expect ?? []) as Written[];
  const found = written[expectation];
  if (found?.eventually === undefined) return found;
  // By then it has been true for long: what counts is whether it still is.
  const { name, eventually } = found;
  const { match } = eventually;
  return { name: name ?? invariant, eventually: { since: formatSpan(time), match } };
}

function moved(written: Written, from: string, path: string): Written {
  const { always } = written;
  if (always === undefined) return written;
  return {
    ...written,
    always: { ...always, invariant: fromFolder(always.invariant, from, dirname(path)) },
  };
}

/** The name of a module, relative to another folder. */
function fromFolder(name: string, from: string, to: string): string {
  if (isAbsolute(name) || !isModuleFile(name)) return name;
  const inFolder = relative(to, join(from, name)).split("\\").join("/");
  return inFolder.startsWith(".") ? inFolder : `./${inFolder}`;
}

/** Modules of the user's own are named relative to the scenario, too. */
function relocateModules(document: Document, from: string, to: string): void {
  const move = (at: readonly (string | number)[]): void => {
    const name = document.getIn(at);
    if (typeof name === "string") document.setIn(at, fromFolder(name, from, to));
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
