import { forbidden } from "../api-error.ts";
import { withFields } from "../object.ts";
import type { Pod, PodSpec, PriorityClass } from "../types.gen.ts";
import type { AdmissionPlugin, AdmissionReader, AdmissionRequest } from "./plugin.ts";
import { isPodCreate } from "./service-account.ts";

/** Resolves priority classes to numbers, and keeps the default class unique. */
export const priority: AdmissionPlugin = {
  name: "Priority",
  kinds: ["Pod", "PriorityClass"],
  mutate(request, reader) {
    if (isPodCreate(request)) return prioritized(request, reader);
    const { descriptor, operation, object, before } = request;
    if (operation !== "UPDATE" || descriptor.kind !== "Pod" || descriptor.group !== "") {
      return object;
    }
    return keepPriority(object as Pod, before as Pod);
  },
  validate(request, reader) {
    const { descriptor, operation, object } = request;
    if (descriptor.kind !== "PriorityClass" || operation === "DELETE") return;
    const { metadata, globalDefault } = object as PriorityClass;
    if (globalDefault !== true) return;
    const other = defaultClass(reader);
    if (other === undefined || other.metadata.name === metadata.name) return;
    const why = `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`;
    throw forbidden(descriptor, metadata.name, why);
  },
};

function keepPriority(next: Pod, before: Pod): Pod {
  const spec = next.spec;
  const { priority: number, preemptionPolicy } = before.spec ?? {};
  if (spec === undefined) return next;
  const kept = {
    ...(spec.priority === undefined && number !== undefined ? { priority: number } : {}),
    ...(spec.preemptionPolicy === undefined && preemptionPolicy !== undefined
      ? { preemptionPolicy }
      : {}),
  };
  return Object.keys(kept).length === 0 ? next : { ...next, spec: { ...spec, ...kept } };
}

/** Of several default classes the one with the lowest value counts. */
function defaultClass(reader: AdmissionReader): PriorityClass | undefined {
  let found: PriorityClass | undefined;
  for (const object of reader.list("PriorityClass")) {
    const candidate = object as PriorityClass;
    if (candidate.globalDefault !== true) continue;
    if (found === undefined || (candidate.value ?? 0) < (found.value ?? 0)) found = candidate;
  }
  return found;
}

const known = new WeakMap<
  PodSpec,
  { readonly from: PriorityClass | undefined; readonly spec: PodSpec }
>();

function prioritized(
  request: AdmissionRequest & { object: AdmissionRequest["object"] & object },
  reader: AdmissionReader,
): Pod {
  const pod = request.object as Pod;
  const spec = pod.spec;
  if (spec === undefined) return pod;
  const named = spec.priorityClassName;
  const from = named
    ? (reader.get("PriorityClass", named) as PriorityClass | undefined)
    : defaultClass(reader);
  if (named && from === undefined) {
    throw refused(request, `no PriorityClass with name ${named} was found`);
  }
  const before = known.get(spec);
  if (before !== undefined && before.from === from) return { ...pod, spec: before.spec };
  const number = from?.value ?? 0;
  const policy = from?.preemptionPolicy ?? "PreemptLowerPriority";
  checkOwnValues(request, spec, number, policy);
  const next: PodSpec = withFields(spec, {
    ...(from === undefined ? {} : { priorityClassName: from.metadata.name }),
    priority: number,
    preemptionPolicy: policy,
  });
  known.set(spec, { from, spec: next });
  return { ...pod, spec: next };
}

function checkOwnValues(
  request: AdmissionRequest,
  spec: PodSpec,
  number: number,
  policy: string,
): void {
  if (spec.priority !== undefined && spec.priority !== number) {
    const why = `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${number} from the given PriorityClass name`;
    throw refused(request, why);
  }
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
    const why = `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`;
    throw refused(request, why);
  }
}

function refused(request: AdmissionRequest, why: string) {
  return forbidden(request.descriptor, request.name, why);
}
