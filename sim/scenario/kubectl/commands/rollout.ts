import { timestamp } from "../../../api/meta/time.ts";
import type { KubeObject } from "../../../api/object.ts";
import type { Deployment, PodTemplateSpec, ReplicaSet } from "../../../api/types.gen.ts";
import { selects } from "../../expect/state-functions.ts";
import type { VerbContext } from "../../verbs/verb.ts";
import {
  type CommandInput,
  flagText,
  type KubectlCommand,
  type Target,
  targetsOf,
  usageError,
} from "../command.ts";

const RESTARTED_AT = "kubectl.kubernetes.io/restartedAt";
const REVISION = "deployment.kubernetes.io/revision";
const HASH = "pod-template-hash";

interface Templated extends KubeObject {
  readonly spec: { readonly template: PodTemplateSpec; readonly paused?: boolean };
}

function rollout(
  name: string,
  flags: readonly string[],
  run: (target: Target, input: CommandInput, context: VerbContext) => string,
): KubectlCommand {
  return {
    name: `rollout ${name}`,
    usage: `rollout ${name} KIND/NAME`,
    flags: ["selector", ...flags],
    words: 1,
    run: (input, context) => {
      for (const target of targetsOf(input.words, input, context, selects)) {
        const said = run(target, input, context);
        context.note(
          `${target.descriptor.singular}.${target.descriptor.group}/${target.name} ${said}`,
        );
      }
      return undefined;
    },
  };
}

/** `kubectl rollout restart`: an annotation on the template makes a new revision. */
export const restart = rollout("restart", [], ({ kind, key }, _, { api, now }) => {
  api.change<Templated>(kind, key, (before) => {
    const { template } = before.spec;
    const annotations = { ...template.metadata?.annotations, [RESTARTED_AT]: timestamp(now) };
    const next = {
      ...template,
      metadata: { ...template.metadata, annotations },
    } as PodTemplateSpec;
    return { ...before, spec: { ...before.spec, template: next } };
  });
  return "restarted";
});

function pausing(
  paused: boolean,
): (target: Target, input: CommandInput, context: VerbContext) => string {
  return ({ kind, key }, _, { api }) => {
    api.change<Templated>(kind, key, (before) => {
      const { paused: __, ...spec } = before.spec;
      return { ...before, spec: paused ? { ...spec, paused } : spec };
    });
    return paused ? "paused" : "resumed";
  };
}

/** `kubectl rollout pause` */
export const pause = rollout("pause", [], pausing(true));
/** `kubectl rollout resume` */
export const resume = rollout("resume", [], pausing(false));

function revisionOf(set: ReplicaSet): number {
  return Number(set.metadata.annotations?.[REVISION] ?? 0);
}

/** `kubectl rollout undo`: the template of an earlier revision becomes the wanted one. */
export const undo = rollout("undo", ["to-revision"], ({ kind, key }, input, { api }) => {
  const deployment = api.api.get<Deployment>(kind, key);
  if (kind !== "Deployment")
    throw usageError(`no rollbacker has been implemented for ${JSON.stringify(kind)}`);
  const sets = [...api.list<ReplicaSet>("ReplicaSet", deployment.metadata.namespace)]
    .filter(
      ({ metadata }) =>
        metadata.ownerReferences?.some(({ uid }) => uid === deployment.metadata.uid) === true,
    )
    .sort((a, b) => revisionOf(b) - revisionOf(a));
  const wanted = Number(flagText(input, "to-revision") ?? 0);
  const chosen = wanted === 0 ? sets[1] : sets.find((set) => revisionOf(set) === wanted);
  if (chosen === undefined)
    throw usageError(
      wanted === 0
        ? `no rollout history found for deployment ${JSON.stringify(key)}`
        : `unable to find specified revision ${wanted} in history`,
    );
  const template = chosen.spec?.template;
  const { [HASH]: _, ...labels } = template?.metadata?.labels ?? {};
  api.change<Templated>(kind, key, (before) => ({
    ...before,
    spec: {
      ...before.spec,
      template: { ...template, metadata: { ...template?.metadata, labels } } as PodTemplateSpec,
    },
  }));
  return "rolled back";
});
