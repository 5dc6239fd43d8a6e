import { sameValue } from "../../kinds/same-value.ts";
import type { Job, JobSpec } from "../../types.gen.ts";
import { type FieldError, invalidValue, rawInvalid } from "../field-error.ts";
import { goValue } from "../go-value.ts";
import { IMMUTABLE } from "../meta.ts";
import { internalSpec } from "../pod/pod-update.ts";
import { shownSelector } from "../selectors.ts";
import { jobErrors, wholeSpecErrors } from "./batch.ts";

/** Fields that messages print as internal types. */
const INTERNAL: Readonly<Record<string, string>> = {
  podFailurePolicy: "*PodFailurePolicy",
  successPolicy: "*SuccessPolicy",
};

/** batch `ValidateJobUpdate`, behind `ValidateJob`: what is wrong with the spec is said twice. */
export function jobUpdateErrors(next: Job, before: Job): readonly FieldError[] {
  const [now, old] = [next.spec, before.spec];
  if (now === undefined || old === undefined) return [];
  const errors: FieldError[] = [...jobErrors(next), ...wholeSpecErrors(now)];
  const fixed = (key: keyof JobSpec & string) => {
    if (sameValue(now[key], old[key])) return;
    const type = INTERNAL[key];
    if (type !== undefined) {
      errors.push(rawInvalid(`spec.${key}`, goValue(type, now[key]), IMMUTABLE));
      return;
    }
    const shown = key === "selector" ? shownSelector(now.selector) : (now[key] ?? null);
    errors.push(invalidValue(`spec.${key}`, shown, IMMUTABLE));
  };
  if (now.completionMode !== "Indexed") fixed("completions");
  else if (now.completions !== undefined && now.completions !== old.completions) {
    if (now.completions !== now.parallelism) {
      const why = "can only be modified in tandem with spec.parallelism";
      errors.push(invalidValue("spec.completions", now.completions, why));
    }
  }
  fixed("selector");
  if (!sameValue(now.template, allowedTemplate(before, old, now))) {
    errors.push(rawInvalid("spec.template", shownTemplate(now.template), IMMUTABLE));
  }
  for (const key of ["completionMode", "podFailurePolicy", "backoffLimitPerIndex"] as const)
    fixed(key);
  fixed("managedBy");
  fixed("successPolicy");
  return errors;
}

/** The old template with everything of the new one that may change now (KEP-5440, on since v1.36). */
function allowedTemplate({ status }: Job, old: JobSpec, now: JobSpec): JobSpec["template"] {
  if (old.suspend !== true) return old.template;
  // Once its controller has noted the suspension and the pods are gone; where pods may go, also before it ever started.
  const rests = (status?.active ?? 0) === 0 && says(status, "Suspended");
  const template = rests ? resized(old.template, now.template) : old.template;
  const held = rests || status?.startTime === undefined;
  return held ? schedulable(template, now.template) : template;
}

function says(status: Job["status"], condition: string): boolean {
  return (status?.conditions ?? []).some(
    ({ type, status: is }) => type === condition && is === "True",
  );
}

/** The old template with the requests and limits of the new one's containers of the same names. */
function resized(old: JobSpec["template"], now: JobSpec["template"]): JobSpec["template"] {
  const of = (list: "containers" | "initContainers") => {
    const renewed = old.spec?.[list]?.map((container) => {
      const next = now.spec?.[list]?.find(({ name }) => name === container.name);
      if (next === undefined) return container;
      const { resources: { claims } = {}, ...rest } = container;
      const { requests, limits } = next.resources ?? {};
      const resources = {
        ...(claims === undefined ? {} : { claims }),
        ...(limits === undefined ? {} : { limits }),
        ...(requests === undefined ? {} : { requests }),
      };
      const none = next.resources === undefined && claims === undefined;
      return none ? rest : { ...rest, resources };
    });
    return renewed === undefined ? {} : { [list]: renewed };
  };
  if (old.spec === undefined) return old;
  return { ...old, spec: { ...old.spec, ...of("containers"), ...of("initContainers") } };
}

/** The old template with what may change while a Job waits: labels, and where its pods may go. */
function schedulable(old: JobSpec["template"], now: JobSpec["template"]): JobSpec["template"] {
  const { annotations: _, labels: __, ...metadata } = old.metadata ?? {};
  const { annotations, labels } = now.metadata ?? {};
  const {
    nodeSelector: ___,
    tolerations: ____,
    schedulingGates: _____,
    ...spec
  } = old.spec ?? {
    containers: [],
  };
  const { nodeSelector, tolerations, schedulingGates } = now.spec ?? {};
  const nodeAffinity = now.spec?.affinity?.nodeAffinity;
  const { nodeAffinity: ______, ...others } = spec.affinity ?? {};
  const affinity = { ...others, ...(nodeAffinity === undefined ? {} : { nodeAffinity }) };
  const { affinity: _______, ...rest } = spec;
  return {
    ...old,
    metadata: {
      ...metadata,
      ...(annotations === undefined ? {} : { annotations }),
      ...(labels === undefined ? {} : { labels }),
    },
    spec: {
      ...rest,
      ...(nodeSelector === undefined ? {} : { nodeSelector }),
      ...(tolerations === undefined ? {} : { tolerations }),
      ...(schedulingGates === undefined ? {} : { schedulingGates }),
      ...(Object.keys(affinity).length === 0 ? {} : { affinity }),
    },
  };
}

/** A template as upstream's internal type prints it: metadata inline, then the spec. */
function shownTemplate({ metadata = {}, spec }: JobSpec["template"]): string {
  const { labels, annotations, ...rest } = metadata;
  const meta = JSON.stringify({
    ...rest,
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  });
  const inner = meta.slice(1, -1);
  const pod = goValue("PodSpec", internalSpec(spec ?? { containers: [] }));
  return `{${inner}${inner === "" ? "" : ","}"Spec":${pod}}`;
}
