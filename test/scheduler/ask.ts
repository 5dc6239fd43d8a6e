import type { Node, Pod } from "../../sim/api/types.gen.ts";
import { decide } from "../../sim/scheduler/decide.ts";
import type { DecisionRecord } from "../../sim/scheduler/framework/record.ts";

/** A question in a table test. */
export interface Question {
  readonly nodes: readonly Node[];
  readonly pods?: readonly Pod[];
  readonly objects?: Readonly<Record<string, readonly unknown[]>>;
  /** Arguments of the plugin under test. */
  readonly args?: unknown;
  /** PreFilter and Filter of these plugins alone. */
  readonly only?: readonly string[];
}

/** The decision about a pod, with arguments for one plugin. */
export function decision(plugin: string, pending: Pod, question: Question): DecisionRecord {
  const { nodes, pods = [], objects = {}, args, only } = question;
  const alone = {
    enabled: only?.map((name) => ({ name })),
    disabled: [{ name: "*" }],
  };
  const config = {
    ...(args === undefined ? {} : { pluginConfig: [{ name: plugin, args }] }),
    ...(only === undefined ? {} : { plugins: { preFilter: alone, filter: alone } }),
  };
  return decide({ nodes, pods, pending, objects, config });
}

/** Per node: `fits`, or the reasons with which this plugin (or another, then named) refuses it. */
export function verdicts(
  plugin: string,
  pending: Pod,
  question: Question,
): Readonly<Record<string, string>> {
  const { nodes = {} } = decision(plugin, pending, question);
  return Object.fromEntries(
    Object.entries(nodes).map(([name, node]) => {
      if (node.feasible) return [name, "fits"];
      const by = node.plugin === plugin || node.absent === true ? "" : `${node.plugin}: `;
      return [name, `${by}${(node.reasons ?? []).join(", ")}`];
    }),
  );
}

/** Per feasible node the plugin's raw and normalized score; nothing when it skips the pod. */
export function scores(
  plugin: string,
  pending: Pod,
  question: Question,
): Readonly<Record<string, readonly [raw: number, normalized: number]>> {
  const { nodes = {} } = decision(plugin, pending, question);
  return Object.fromEntries(
    Object.entries(nodes).flatMap(([name, node]) => {
      const triple = node.scores?.[plugin];
      return triple === undefined ? [] : [[name, [triple[0], triple[1]] as const]];
    }),
  );
}
