import type { Container, PodSpec, SeccompProfile } from "../../types.gen.ts";
import { type FieldError, forbiddenField, invalidValue } from "../field-error.ts";
import { goQuote } from "../go-text.ts";
import { descendingPathErrors } from "../paths.ts";

/*
 * Annotations that mean something to pods: mirror pods, deletion costs, and the profiles of seccomp and AppArmor from before they
 * had fields.
 */

type Annotations = Readonly<Record<string, string>>;

/** Says that a pod mirrors one that a kubelet read from a file. */
export const MIRROR_POD = "kubernetes.io/config.mirror";
const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";
/** Names the seccomp profile of all containers. */
export const SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod";
/** What annotations with a container's seccomp profile start with. */
export const SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/";
/** What annotations with a container's AppArmor profile start with. */
export const APP_ARMOR_CONTAINER = "container.apparmor.security.beta.kubernetes.io/";
const LOCALHOST = "localhost/";

/** Containers of all sorts with their paths, in upstream's order of visiting. */
export function* containersOf(
  spec: PodSpec,
  path: string,
): Generator<readonly [container: Container, path: string]> {
  for (const key of ["initContainers", "containers", "ephemeralContainers"] as const) {
    const list: readonly Container[] = spec[key] ?? [];
    for (const [index, container] of list.entries()) yield [container, `${path}.${key}[${index}]`];
  }
}

/** core `ValidatePodSpecificAnnotations`. */
export function podAnnotationErrors(
  annotations: Annotations | undefined,
  spec: PodSpec,
  path: string,
): readonly FieldError[] {
  if (annotations === undefined) return [];
  const errors: FieldError[] = [];
  const mirror = annotations[MIRROR_POD];
  if (mirror !== undefined && !spec.nodeName) {
    const why = "must set spec.nodeName if mirror pod annotation is set";
    errors.push(invalidValue(`${path}[${MIRROR_POD}]`, mirror, why));
  }
  const cost = annotations[DELETION_COST];
  if (cost !== undefined && !isDeletionCost(cost)) {
    errors.push(invalidValue(`${path}[${DELETION_COST}]`, cost, "must be a 32bit integer"));
  }
  const keys = Object.keys(annotations).sort();
  const each = (rule: (key: string, value: string) => readonly FieldError[]) => {
    for (const key of keys) errors.push(...rule(key, annotations[key] ?? ""));
  };
  each((key, value) => (key === SECCOMP_POD ? seccompErrors(value, `${path}.${key}`) : []));
  each((key, value) =>
    key.startsWith(SECCOMP_CONTAINER) ? seccompErrors(value, `${path}.${key}`) : [],
  );
  each((key, value) =>
    key.startsWith(APP_ARMOR_CONTAINER) ? appArmorErrors(key, value, spec, path) : [],
  );
  return errors;
}

/** A 32-bit number as it is usually written: without a plus and without leading zeros. */
function isDeletionCost(text: string): boolean {
  if (!/^(0|-?[1-9]\d*|-0\d*)$/.test(text)) return false;
  const cost = Number(text);
  return cost >= -2_147_483_648 && cost <= 2_147_483_647;
}

function seccompErrors(profile: string, field: string): readonly FieldError[] {
  if (["runtime/default", "docker/default", "unconfined"].includes(profile)) return [];
  if (profile.startsWith(LOCALHOST)) {
    return descendingPathErrors(profile.slice(LOCALHOST.length), field);
  }
  return [invalidValue(field, profile, "must be a valid seccomp profile")];
}

function isAppArmorProfile(profile: string): boolean {
  return ["", "runtime/default", "unconfined"].includes(profile) || profile.startsWith(LOCALHOST);
}

function appArmorErrors(
  key: string,
  profile: string,
  spec: PodSpec,
  path: string,
): readonly FieldError[] {
  const name = key.slice(APP_ARMOR_CONTAINER.length);
  const errors: FieldError[] = [];
  const found = [...containersOf(spec, "")].some(([container]) => container.name === name);
  if (!found) errors.push(invalidValue(`${path}[${key}]`, name, "container not found"));
  if (!isAppArmorProfile(profile)) {
    const why = `invalid AppArmor profile name: ${goQuote(profile)}`;
    errors.push(invalidValue(`${path}[${key}]`, profile, why));
  }
  return errors;
}

/** core `ValidatePodSpecificAnnotationUpdates`: what mirrors and confines a pod stays. */
export function podAnnotationUpdateErrors(
  next: Annotations | undefined,
  before: Annotations | undefined,
): readonly FieldError[] {
  if (next === before) return [];
  const errors: FieldError[] = [];
  const refuse = (key: string, verb: string) => {
    const field = `metadata.annotations[${key}]`;
    if (key.startsWith(APP_ARMOR_CONTAINER)) {
      errors.push(forbiddenField(field, `may not ${verb} AppArmor annotations`));
    }
    if (key === MIRROR_POD) {
      errors.push(forbiddenField(field, `may not ${verb} mirror pod annotation`));
    }
  };
  for (const key in before) if (before[key] !== next?.[key]) refuse(key, "remove or update");
  for (const key in next) if (before?.[key] === undefined) refuse(key, "add");
  return errors;
}

interface Confinement {
  readonly type: string;
  readonly localhostProfile?: string;
}

/** Where annotation and field both name a profile, they name the same. */
export function profileMatchErrors(
  annotations: Annotations | undefined,
  spec: PodSpec,
  path: string,
): readonly FieldError[] {
  if (annotations === undefined) return [];
  const errors: FieldError[] = [];
  const own: SeccompProfile | undefined = spec.securityContext?.seccompProfile;
  const at = "securityContext.seccompProfile";
  errors.push(...mismatch(annotations[SECCOMP_POD], own, `${path}.${at}`, "seccomp"));
  for (const [{ name, securityContext }, place] of containersOf(spec, path)) {
    const said = annotations[SECCOMP_CONTAINER + name];
    errors.push(...mismatch(said, securityContext?.seccompProfile, `${place}.${at}`, "seccomp"));
  }
  if (spec.os?.name === "windows") return errors;
  for (const [{ name, securityContext }, place] of containersOf(spec, path)) {
    const said = annotations[APP_ARMOR_CONTAINER + name];
    const field = `${place}.securityContext.appArmorProfile`;
    errors.push(...mismatch(said, securityContext?.appArmorProfile, field, "apparmor"));
  }
  return errors;
}

function mismatch(
  annotation: string | undefined,
  profile: Confinement | undefined,
  field: string,
  what: string,
): readonly FieldError[] {
  if (annotation === undefined || profile === undefined) return [];
  const { type, localhostProfile } = profile;
  const names: Readonly<Record<string, readonly string[]>> = {
    Unconfined: ["unconfined"],
    RuntimeDefault:
      what === "seccomp" ? ["runtime/default", "docker/default"] : ["runtime/default"],
  };
  const local = type === "Localhost" && annotation.startsWith(LOCALHOST);
  const known = type === "Localhost" || names[type] !== undefined;
  if (known && !local && names[type]?.includes(annotation) !== true) {
    return [forbiddenField(`${field}.type`, `${what} type in annotation and field must match`)];
  }
  if (!local || annotation.slice(LOCALHOST.length) === localhostProfile) return [];
  const why = `${what} profile in annotation and field must match`;
  return [forbiddenField(`${field}.localhostProfile`, why)];
}
