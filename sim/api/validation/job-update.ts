import { sameValue } from "../kinds/same-value.ts";
import type { Job, JobSpec } from "../types.gen.ts";
import { jobErrors, wholeSpecErrors } from "./batch.ts";
import { type FieldError, invalidValue } from "./field-error.ts";
import { goValue } from "./go-value.ts";
import { IMMUTABLE } from "./meta.ts";
import { internalSpec } from "./pod-update.ts";
import { rawInvalid } from "./security.ts";
import { shownSelector } from "./selectors.ts";

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
  const held = old.suspend === true && before.status?.startTime === undefined;
  if (!sameValue(now.template, held ? schedulable(old.template, now.template) : old.template)) {
    errors.push(rawInvalid("spec.template", shownTemplate(now.template), IMMUTABLE));
  }
  for (const key of ["completionMode", "podFailurePolicy", "backoffLimitPerIndex"] as const)
    fixed(key);
  fixed("managedBy");
  fixed("successPolicy");
  return errors;
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
