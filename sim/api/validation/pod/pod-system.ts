import type { Container, PodSpec } from "../../types.gen.ts";
import { type FieldError, forbiddenField } from "../field-error.ts";

/** A pod with its own users cannot share the node's namespaces (core `validateHostUsers`). */
export function hostUsersErrors(spec: PodSpec, path: string): readonly FieldError[] {
  if (spec.hostUsers !== false) return [];
  const why = "when `pod.Spec.HostUsers` is false";
  const errors: FieldError[] = [];
  if (spec.hostNetwork === true) errors.push(forbiddenField(`${path}.hostNetwork`, why));
  if (spec.hostPID === true) errors.push(forbiddenField(`${path}.HostPID`, why));
  if (spec.hostIPC === true) errors.push(forbiddenField(`${path}.HostIPC`, why));
  return errors;
}

const NOT_FOR_LINUX = "windows options cannot be set for a linux pod";
const NOT_FOR_WINDOWS = "cannot be set for a windows pod";

/** Members of a pod that Windows has not, in upstream's order; true where they are the spec's own. */
const POD_MEMBERS: readonly (readonly [string, boolean])[] = [
  ["appArmorProfile", false],
  ["seLinuxOptions", false],
  ["hostUsers", true],
  ["hostPID", true],
  ["hostIPC", true],
  ["seccompProfile", false],
  ["fsGroup", false],
  ["fsGroupChangePolicy", false],
  ["sysctls", false],
  ["shareProcessNamespace", true],
  ["runAsUser", false],
  ["runAsGroup", false],
  ["supplementalGroups", false],
  ["supplementalGroupsPolicy", false],
  ["seLinuxChangePolicy", false],
];
const CONTAINER_MEMBERS = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "capabilities",
  "readOnlyRootFilesystem",
  "privileged",
  "allowPrivilegeEscalation",
  "procMount",
  "runAsUser",
  "runAsGroup",
] as const;

/** What the pod's operating system has not (core `validateLinux`, `validateWindows`). */
export function systemErrors(spec: PodSpec, path: string): readonly FieldError[] {
  return spec.os?.name === "windows" ? windowsErrors(spec, path) : linuxErrors(spec, path);
}

function linuxErrors(spec: PodSpec, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (spec.securityContext?.windowsOptions !== undefined) {
    errors.push(forbiddenField(`${path}.securityContext.windowsOptions`, NOT_FOR_LINUX));
  }
  for (const [container, at] of containersOf(spec, path)) {
    if (container.securityContext?.windowsOptions === undefined) continue;
    errors.push(forbiddenField(`${at}.securityContext.windowsOptions`, NOT_FOR_LINUX));
  }
  return errors;
}

function windowsErrors(spec: PodSpec, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const context = (spec.securityContext ?? {}) as Readonly<Record<string, unknown>>;
  const own = spec as unknown as Readonly<Record<string, unknown>>;
  for (const [key, isSpecs] of POD_MEMBERS) {
    const value = isSpecs ? own[key] : context[key];
    if (value === undefined || (value === false && key.startsWith("hostP"))) continue;
    const at = isSpecs ? path : `${path}.securityContext`;
    errors.push(forbiddenField(`${at}.${key}`, NOT_FOR_WINDOWS));
  }
  for (const [container, at] of containersOf(spec, path)) {
    for (const key of CONTAINER_MEMBERS) {
      if (container.securityContext?.[key] === undefined) continue;
      errors.push(forbiddenField(`${at}.securityContext.${key}`, NOT_FOR_WINDOWS));
    }
  }
  return errors;
}

function containersOf(spec: PodSpec, path: string): readonly (readonly [Container, string])[] {
  return (["initContainers", "containers", "ephemeralContainers"] as const).flatMap((list) =>
    (spec[list] ?? []).map((container, index) => [container, `${path}.${list}[${index}]`] as const),
  );
}
