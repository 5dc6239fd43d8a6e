import { forbidden } from "../api-error.ts";
import { sumOfContainers } from "../kinds/pod/resources.ts";
import { milliValue } from "../meta/quantity.ts";
import type {
  Container,
  LimitRange,
  LimitRangeItem,
  PersistentVolumeClaim,
  Pod,
  PodSpec,
} from "../types.gen.ts";
import { nanosOf } from "../validation/resources.ts";
import type { AdmissionPlugin, AdmissionReader, AdmissionRequest } from "./plugin.ts";
import { isPodCreate, isPodResize } from "./service-account.ts";

type Resources = Readonly<Record<string, string>>;

/** Fills in and enforces what a namespace's LimitRanges say of containers, pods and claims: one range after the other. */
export const limitRanger: AdmissionPlugin = {
  name: "LimitRanger",
  kinds: ["Pod", "PersistentVolumeClaim"],
  idleWithout: "LimitRange",
  mutate(request, reader) {
    if (!isPodCreate(request) && !isPodResize(request)) return request.object;
    return rangesOf(request, reader).reduce(withDefaults, request.object as Pod);
  },
  validate(request, reader) {
    const { object, descriptor, operation, subresource } = request;
    const claim = descriptor.kind === "PersistentVolumeClaim" && descriptor.group === "";
    const claimWrite = claim && operation !== "DELETE" && !subresource;
    if (!isPodCreate(request) && !isPodResize(request) && !claimWrite) return;
    if (request.before?.metadata.deletionTimestamp !== undefined) return;
    for (const limits of rangesOf(request, reader)) {
      const errors = limits.flatMap((limit) =>
        claim
          ? claimErrors(object as PersistentVolumeClaim, limit)
          : podErrors(object as Pod, limit),
      );
      if (errors.length === 0) continue;
      const texts = [...new Set(errors)];
      const why = texts.length === 1 ? (texts[0] ?? "") : `[${texts.join(", ")}]`;
      throw forbidden(descriptor, request.name, why);
    }
  },
};

type Limits = readonly LimitRangeItem[];

function rangesOf(request: AdmissionRequest, reader: AdmissionReader): readonly Limits[] {
  const ranges = [...reader.list("LimitRange", request.namespace)] as LimitRange[];
  return ranges.map(({ spec }) => spec?.limits ?? []);
}

const NOTE = "kubernetes.io/limit-ranger";

/** What an earlier range has filled in stays; the annotation tells of the last range that filled something in. */
function withDefaults(pod: Pod, limits: Limits): Pod {
  const ofContainers = limits.filter(({ type }) => type === "Container");
  const defaults = {
    limits: merged(ofContainers.map((limit) => limit.default)),
    requests: merged(ofContainers.map((limit) => limit.defaultRequest)),
  };
  const notes: string[] = [];
  const each = (kind: string) => (container: Container) => filled(container, defaults, kind, notes);
  const spec = pod.spec;
  if (spec === undefined) return pod;
  const containers = spec.containers.map(each("container"));
  const initContainers = spec.initContainers?.map(each("init container"));
  if (notes.length === 0) return pod;
  const annotations = {
    ...pod.metadata.annotations,
    [NOTE]: `LimitRanger plugin set: ${notes.join("; ")}`,
  };
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations },
    spec: {
      ...spec,
      containers,
      ...(initContainers === undefined ? {} : { initContainers }),
    },
  };
}

function merged(parts: readonly (Resources | undefined)[]): Resources {
  return Object.assign({}, ...parts.map((part) => part ?? {})) as Resources;
}

function filled(
  container: Container,
  defaults: { readonly limits: Resources; readonly requests: Resources },
  kind: string,
  notes: string[],
): Container {
  let resources = container.resources ?? {};
  for (const [key, word] of [
    ["requests", "request"],
    ["limits", "limit"],
  ] as const) {
    const own = resources[key] ?? {};
    const added = Object.keys(defaults[key])
      .filter((name) => own[name] === undefined)
      .sort();
    if (added.length === 0) continue;
    resources = { ...resources, [key]: { ...defaults[key], ...own } };
    notes.push(`${added.join(", ")} ${word} for ${kind} ${container.name}`);
  }
  return resources === container.resources ? container : { ...container, resources };
}

interface Asked {
  readonly requests: Resources;
  readonly limits: Resources;
}

function podErrors(pod: Pod, limit: LimitRangeItem): readonly string[] {
  const spec = pod.spec ?? { containers: [] };
  if (limit.type === "Container") {
    return [...(spec.containers ?? []), ...(spec.initContainers ?? [])].flatMap(
      ({ resources = {} }) =>
        rangeErrors({ requests: {}, limits: {}, ...resources }, limit, "Container"),
    );
  }
  return limit.type === "Pod" ? rangeErrors(wholePod(spec), limit, "Pod") : [];
}

function wholePod(spec: PodSpec): Asked {
  const requests = Object.fromEntries(sumOfContainers(spec, (one) => one.resources?.requests));
  const limits = Object.fromEntries(sumOfContainers(spec, (one) => one.resources?.limits));
  return {
    requests: { ...requests, ...spec.resources?.requests },
    limits: { ...limits, ...spec.resources?.limits },
  };
}

function rangeErrors(asked: Asked, limit: LimitRangeItem, per: string): readonly string[] {
  const errors: string[] = [];
  const each = (
    bounds: Resources | undefined,
    check: (name: string, bound: string, request?: string, limit?: string) => string | undefined,
  ) => {
    for (const name of Object.keys(bounds ?? {}).sort()) {
      const bound = bounds?.[name] ?? "0";
      const error = check(name, bound, asked.requests[name], asked.limits[name]);
      if (error !== undefined) errors.push(error);
    }
  };
  each(limit.min, (name, bound, request, most) => {
    const head = `minimum ${name} usage per ${per} is ${bound}`;
    if (request === undefined) return `${head}.  No request is specified`;
    if (nanosOf(request) < nanosOf(bound)) return `${head}, but request is ${request}`;
    const low = most !== undefined && nanosOf(most) < nanosOf(bound);
    return low ? `${head}, but limit is ${most}` : undefined;
  });
  each(limit.max, (name, bound, request, most) => {
    const head = `maximum ${name} usage per ${per} is ${bound}`;
    if (most === undefined) return `${head}.  No limit is specified`;
    if (nanosOf(most) > nanosOf(bound)) return `${head}, but limit is ${most}`;
    const high = request !== undefined && nanosOf(request) > nanosOf(bound);
    return high ? `${head}, but request is ${request}` : undefined;
  });
  each(limit.maxLimitRequestRatio, (name, bound, request, most) => {
    const head = `${name} max limit to request ratio per ${per} is ${bound}`;
    if (nanosOf(request) === 0n) return `${head}, but no request is specified or request is 0`;
    if (nanosOf(most) === 0n) return `${head}, but no limit is specified or limit is 0`;
    const ratio = Number(nanosOf(most)) / Number(nanosOf(request));
    return ratio * 1000 > milliValue(bound)
      ? `${head}, but provided ratio is ${ratio.toFixed(6)}`
      : undefined;
  });
  return errors;
}

function claimErrors(claim: PersistentVolumeClaim, limit: LimitRangeItem): readonly string[] {
  if (limit.type !== "PersistentVolumeClaim") return [];
  const requests = claim.spec?.resources?.requests ?? {};
  const errors: string[] = [];
  for (const [word, bounds, sign] of [
    ["minimum", limit.min, -1n],
    ["maximum", limit.max, 1n],
  ] as const) {
    for (const name of Object.keys(bounds ?? {}).sort()) {
      const bound = bounds?.[name] ?? "0";
      const request = requests[name];
      const head = `${word} ${name} usage per PersistentVolumeClaim is ${bound}`;
      if (request === undefined) errors.push(`${head}.  No request is specified`);
      else if ((nanosOf(request) - nanosOf(bound)) * sign > 0n) {
        errors.push(`${head}, but request is ${request}`);
      }
    }
  }
  return errors;
}
