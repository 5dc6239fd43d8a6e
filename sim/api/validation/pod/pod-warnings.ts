import { remembered } from "../../kinds/fill.ts";
import type { Container, Pod, PodAffinity, PodSpec, PodTemplateSpec } from "../../types.gen.ts";
import { goQuote } from "../go-text.ts";
import { nodeTermWarnings, oldLabelText } from "../label-warnings.ts";
import { dnsLabelErrors } from "../names.ts";
import { ipWarnings } from "../network/ip-warnings.ts";
import { nanosOf } from "../resources.ts";
import { claimSpecWarnings } from "../storage/claim-warnings.ts";
import { OLD_VOLUMES } from "../storage/volume-warnings.ts";
import { pathWarnings } from "./path-warnings.ts";
import {
  APP_ARMOR_CONTAINER,
  containersOf,
  SECCOMP_CONTAINER,
  SECCOMP_POD,
} from "./pod-annotations.ts";
import { portWarnings } from "./port-warnings.ts";

type Annotations = Readonly<Record<string, string>>;

/** Texts that come as `Warning:` headers with a new pod; changes of pods are too frequent for warnings. */
export function podWarnings({ metadata, spec }: Pod, before?: Pod): readonly string[] {
  if (spec === undefined || before !== undefined) return [];
  const { annotations, name } = metadata;
  const label = dnsLabelErrors(name);
  const own = annotations === undefined ? ownWarnings(spec) : specWarnings(spec, "", annotations);
  if (label.length === 0) return own;
  const why =
    "this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended";
  return [`metadata.name: ${why}: [${label.join(" ")}]`, ...own];
}

const ownWarnings = remembered((spec: PodSpec) => specWarnings(spec, "", {}));

/** The same for pods that come from a template. */
export function templateWarnings(
  template: PodTemplateSpec | undefined,
  path = "spec.template",
): readonly string[] {
  const { metadata, spec } = template ?? {};
  return spec === undefined ? [] : specWarnings(spec, `${path}.`, metadata?.annotations ?? {});
}

/** Annotations that do nothing any more, and what took their place. */
const OLD_ANNOTATIONS: readonly (readonly [key: string, since: string, field: string])[] = [
  ["scheduler.alpha.kubernetes.io/critical-pod", "v1.16", "priorityClassName"],
  ["security.alpha.kubernetes.io/sysctls", "v1.11", "sysctls"],
  ["security.alpha.kubernetes.io/unsafe-sysctls", "v1.11", "sysctls"],
];

/** `at` is what stands before `spec` and `metadata` in paths. */
function specWarnings(spec: PodSpec, at: string, annotations: Annotations): readonly string[] {
  const path = `${at}spec`;
  const texts: string[] = [...nodeWarnings(spec, path)];
  for (const [key, since, field] of OLD_ANNOTATIONS) {
    if (annotations[key] === undefined) continue;
    const why = `non-functional in ${since}+; use the "${field}" field instead`;
    texts.push(`${at}metadata.annotations[${key}]: ${why}`);
  }
  texts.push(...volumeWarnings(spec, path));
  texts.push(...repeated(spec.hostAliases, ({ ip }) => ip, `${path}.hostAliases`, "ip"));
  const secrets = spec.imagePullSecrets ?? [];
  texts.push(...repeated(secrets, ({ name = "" }) => name, `${path}.imagePullSecrets`, "name"));
  secrets.forEach(({ name = "" }, index) => {
    if (name === "") texts.push(`${path}.imagePullSecrets[${index}].name: invalid empty name ""`);
  });
  texts.push(...fractions(spec.overhead, `${path}.overhead`));
  const place = `${at}metadata.annotations`;
  if (annotations[SECCOMP_POD] !== undefined && !spec.securityContext?.seccompProfile) {
    texts.push(`${place}[${SECCOMP_POD}]: ${NO_SECCOMP}`);
  }
  for (const [container, field] of containersOf(spec, path)) {
    texts.push(...profileWarnings(container, spec, annotations, place, at === ""));
    texts.push(...containerWarnings(container, field));
  }
  texts.push(...portWarnings(spec, path));
  if (at !== "" && (spec.terminationGracePeriodSeconds ?? 0) < 0) {
    const why = "must be >= 0; negative values are invalid and will be treated as 1";
    texts.push(`${path}.terminationGracePeriodSeconds: ${why}`);
  }
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  texts.push(...affinityWarnings(podAffinity, `${path}.affinity.podAffinity`));
  texts.push(...affinityWarnings(podAntiAffinity, `${path}.affinity.podAntiAffinity`));
  spec.dnsConfig?.nameservers?.forEach((ip, index) => {
    texts.push(...ipWarnings(ip, `${path}.dnsConfig.nameservers[${index}]`));
  });
  spec.hostAliases?.forEach(({ ip }, index) => {
    texts.push(...ipWarnings(ip, `${path}.hostAliases[${index}].ip`));
  });
  return texts;
}

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";
const MATCHES_NOTHING = "a null labelSelector results in matching no pod";

function nodeWarnings(spec: PodSpec, path: string): readonly string[] {
  const texts: string[] = [];
  for (const key of Object.keys(spec.nodeSelector ?? {}).sort()) {
    const text = oldLabelText(key);
    if (text !== undefined) texts.push(`${path}.nodeSelector[${key}]: ${text}`);
  }
  const at = `${path}.affinity.nodeAffinity`;
  const { nodeAffinity } = spec.affinity ?? {};
  const terms = nodeAffinity?.[REQUIRED]?.nodeSelectorTerms;
  texts.push(
    ...nodeTermWarnings(terms, (index) => `${at}.${REQUIRED}.nodeSelectorTerms[${index}]`),
  );
  const wishes = nodeAffinity?.[PREFERRED]?.map(({ preference }) => preference);
  texts.push(...nodeTermWarnings(wishes, (index) => `${at}.${PREFERRED}[${index}].preference`));
  spec.topologySpreadConstraints?.forEach(({ topologyKey, labelSelector }, index) => {
    const field = `${path}.topologySpreadConstraints[${index}]`;
    const text = oldLabelText(topologyKey);
    if (text !== undefined) texts.push(`${field}.topologyKey: ${topologyKey} is ${text}`);
    if (labelSelector === undefined) texts.push(`${field}.labelSelector: ${MATCHES_NOTHING}`);
  });
  return texts;
}

function volumeWarnings(spec: PodSpec, path: string): readonly string[] {
  const texts: string[] = [];
  spec.volumes?.forEach((volume, index) => {
    const field = `${path}.volumes[${index}]`;
    for (const [key, name, text] of OLD_VOLUMES) {
      if (volume[key] !== undefined) texts.push(`${field}.${name}: ${text}`);
    }
    const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
    if (claim !== undefined) {
      texts.push(...claimSpecWarnings(claim, `${field}.ephemeral.volumeClaimTemplate.spec`));
    }
  });
  for (const volume of spec.volumes ?? []) texts.push(...pathWarnings(volume));
  return texts;
}

function repeated<T>(
  list: readonly T[] = [],
  read: (item: T) => string,
  path: string,
  what: string,
): readonly string[] {
  const seen = new Set<string>();
  return list.flatMap((item, index) => {
    const value = read(item);
    if (seen.has(value)) return [`${path}[${index}].${what}: duplicate ${what} ${goQuote(value)}`];
    seen.add(value);
    return [];
  });
}

const WHOLE_BYTES = ["memory", "ephemeral-storage"];

function fractions(
  list: Readonly<Record<string, string>> | undefined,
  path: string,
  names = WHOLE_BYTES,
): readonly string[] {
  return names.flatMap((name) => {
    const value = list?.[name];
    if (value === undefined || nanosOf(value) % 1_000_000_000n === 0n) return [];
    const why = `fractional byte value ${goQuote(value)} is invalid, must be an integer`;
    return [`${path}[${name}]: ${why}`];
  });
}

const NO_SECCOMP = 'non-functional in v1.27+; use the "seccompProfile" field instead';
const OLD_APP_ARMOR = 'deprecated since v1.30; use the "appArmorProfile" field instead';

function profileWarnings(
  { name, securityContext }: Container,
  spec: PodSpec,
  annotations: Annotations,
  place: string,
  ofPod: boolean,
): readonly string[] {
  const texts: string[] = [];
  const seccomp = SECCOMP_CONTAINER + name;
  if (annotations[seccomp] !== undefined && !securityContext?.seccompProfile) {
    texts.push(`${place}[${seccomp}]: ${NO_SECCOMP}`);
  }
  const appArmor = APP_ARMOR_CONTAINER + name;
  if (annotations[appArmor] === undefined) return texts;
  // A pod has the field by now: its annotation was copied there.
  const field = spec.securityContext?.appArmorProfile ?? securityContext?.appArmorProfile;
  if (ofPod || field === undefined) texts.push(`${place}[${appArmor}]: ${OLD_APP_ARMOR}`);
  return texts;
}

function containerWarnings({ resources, env = [] }: Container, field: string): readonly string[] {
  const texts: string[] = [];
  for (const name of WHOLE_BYTES) {
    for (const key of ["limits", "requests"] as const) {
      texts.push(...fractions(resources?.[key], `${field}.resources.${key}`, [name]));
    }
  }
  const names = new Set<string>();
  env.forEach(({ name, value = "", valueFrom }, index) => {
    const self = `$(${name})`;
    const hides = valueFrom !== undefined || value === self || !value.includes(self);
    if (names.has(name) && hides) {
      const why = `hides previous definition of ${goQuote(name)}, which may be dropped when using apply`;
      texts.push(`${field}.env[${index}]: ${why}`);
    }
    names.add(name);
  });
  return texts;
}

function affinityWarnings(affinity: PodAffinity | undefined, path: string): readonly string[] {
  if (affinity === undefined) return [];
  const texts: string[] = [];
  affinity[REQUIRED]?.forEach(({ labelSelector }, index) => {
    if (labelSelector !== undefined) return;
    texts.push(`${path}.${REQUIRED}[${index}].labelSelector: ${MATCHES_NOTHING}`);
  });
  affinity[PREFERRED]?.forEach(({ podAffinityTerm }, index) => {
    if (podAffinityTerm.labelSelector !== undefined) return;
    texts.push(`${path}.${PREFERRED}[${index}].podAffinityTerm.labelSelector: ${MATCHES_NOTHING}`);
  });
  return texts;
}
