import type { PodSecurityContext, PodSpec, SecurityContext } from "../../types.gen.ts";
import {
  duplicate,
  type FieldError,
  invalidValue,
  notSupported,
  rawInvalid,
  required,
  tooLong,
} from "../field-error.ts";
import { goValue } from "../go-value.ts";
import { descendingPathErrors } from "../paths.ts";
import { windowsOptionErrors } from "./windows.ts";

const MAX_ID = 2_147_483_647;
const ID_TEXT = "must be between 0 and 2147483647, inclusive";

function idErrors(id: number | undefined, field: string): readonly FieldError[] {
  return id === undefined || (id >= 0 && id <= MAX_ID) ? [] : [invalidValue(field, id, ID_TEXT)];
}

/** core `ValidateSecurityContext`: of one container. */
export function containerSecurityErrors(
  context: SecurityContext | undefined,
  path: string,
  hostUsers: boolean,
): readonly FieldError[] {
  if (context === undefined) return [];
  const errors: FieldError[] = [];
  errors.push(...idErrors(context.runAsUser, `${path}.runAsUser`));
  errors.push(...idErrors(context.runAsGroup, `${path}.runAsGroup`));
  const { procMount } = context;
  if (procMount !== undefined && procMount !== "Default" && procMount !== "Unmasked") {
    errors.push(notSupported(`${path}.procMount`, procMount, ["Default", "Unmasked"]));
  }
  if (hostUsers && procMount === "Unmasked") {
    const why = "`hostUsers` must be false to use `Unmasked`";
    errors.push(invalidValue(`${path}.procMount`, procMount, why));
  }
  errors.push(...seccompErrors(context.seccompProfile, `${path}.seccompProfile`));
  if (context.allowPrivilegeEscalation === false) {
    const shown = goValue("SecurityContext", context);
    if (context.privileged === true) {
      const why = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
      errors.push(rawInvalid(path, shown, why));
    }
    for (const capability of context.capabilities?.add ?? []) {
      if (capability !== "CAP_SYS_ADMIN") continue;
      const why =
        "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
      errors.push(rawInvalid(path, shown, why));
    }
  }
  errors.push(...windowsOptionErrors(context.windowsOptions, `${path}.windowsOptions`));
  errors.push(...appArmorErrors(context.appArmorProfile, `${path}.appArmorProfile`));
  return errors;
}

const PROFILE_TYPES = ["Localhost", "RuntimeDefault", "Unconfined"];

interface Profile {
  readonly type: string;
  readonly localhostProfile?: string;
}

/** core `validateSeccompProfileField`. */
function seccompErrors(profile: Profile | undefined, path: string): readonly FieldError[] {
  if (profile === undefined) return [];
  const { type, localhostProfile } = profile;
  const errors: FieldError[] = [];
  if (!type) errors.push(required(`${path}.type`, "type is required when seccompProfile is set"));
  else if (!PROFILE_TYPES.includes(type)) {
    errors.push(notSupported(`${path}.type`, type, PROFILE_TYPES));
  }
  const field = `${path}.localhostProfile`;
  if (type === "Localhost") {
    if (localhostProfile === undefined) {
      errors.push(required(field, "must be set when seccomp type is Localhost"));
    } else errors.push(...descendingPathErrors(localhostProfile, field));
  } else if (localhostProfile !== undefined) {
    const shown = { Type: type ?? "", LocalhostProfile: localhostProfile };
    errors.push(invalidValue(field, shown, "can only be set when seccomp type is Localhost"));
  }
  return errors;
}

/** The longest path that a node knows, in bytes. */
const PATH_LIMIT = 4095;

/** core `ValidateAppArmorProfileField`. */
function appArmorErrors(profile: Profile | undefined, path: string): readonly FieldError[] {
  if (profile === undefined) return [];
  const { type, localhostProfile } = profile;
  const field = `${path}.localhostProfile`;
  if (!type) return [required(`${path}.type`, "type is required when appArmorProfile is set")];
  if (!PROFILE_TYPES.includes(type)) return [notSupported(`${path}.type`, type, PROFILE_TYPES)];
  if (type !== "Localhost") {
    const why = "can only be set when AppArmor type is Localhost";
    return localhostProfile === undefined ? [] : [invalidValue(field, localhostProfile, why)];
  }
  if (localhostProfile === undefined || localhostProfile === "") {
    return [required(field, "must be set when AppArmor type is Localhost")];
  }
  const errors: FieldError[] = [];
  if (localhostProfile !== localhostProfile.trim()) {
    errors.push(invalidValue(field, localhostProfile, "must not be padded with whitespace"));
  }
  if (localhostProfile.length > PATH_LIMIT) errors.push(tooLong(field, PATH_LIMIT));
  return errors;
}

/** core `validatePodSpecSecurityContext`. */
export function podSecurityErrors(spec: PodSpec, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const context = spec.securityContext;
  const at = `${path}.securityContext`;
  if (context === undefined) return [...errors, ...sharingErrors(spec, at)];
  errors.push(...idErrors(context.fsGroup, `${at}.fsGroup`));
  errors.push(...idErrors(context.runAsUser, `${at}.runAsUser`));
  errors.push(...idErrors(context.runAsGroup, `${at}.runAsGroup`));
  (context.supplementalGroups ?? []).forEach((id, index) => {
    errors.push(...idErrors(id, `${at}.supplementalGroups[${index}]`));
  });
  errors.push(...sharingErrors(spec, at));
  errors.push(...sysctlErrors(context.sysctls ?? [], spec, `${at}.sysctls`));
  errors.push(...policyErrors(context, at));
  return errors;
}

function sharingErrors(spec: PodSpec, at: string): readonly FieldError[] {
  if (spec.shareProcessNamespace !== true || spec.hostPID !== true) return [];
  const why = "ShareProcessNamespace and HostPID cannot both be enabled";
  return [invalidValue(`${at}.shareProcessNamespace`, true, why)];
}

function policyErrors(context: PodSecurityContext, at: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { fsGroupChangePolicy, supplementalGroupsPolicy } = context;
  const changes = ["Always", "OnRootMismatch"];
  if (fsGroupChangePolicy !== undefined && !changes.includes(fsGroupChangePolicy)) {
    errors.push(notSupported(`${at}.fsGroupChangePolicy`, fsGroupChangePolicy, changes));
  }
  errors.push(...seccompErrors(context.seccompProfile, `${at}.seccompProfile`));
  errors.push(...windowsOptionErrors(context.windowsOptions, `${at}.windowsOptions`));
  errors.push(...appArmorErrors(context.appArmorProfile, `${at}.appArmorProfile`));
  const groups = ["Merge", "Strict"];
  if (supplementalGroupsPolicy !== undefined && !groups.includes(supplementalGroupsPolicy)) {
    const field = `${at}.supplementalGroupsPolicy`;
    errors.push(notSupported(field, supplementalGroupsPolicy, groups));
  }
  const relabels = ["MountOption", "Recursive"];
  const { seLinuxChangePolicy } = context;
  if (seLinuxChangePolicy !== undefined && !relabels.includes(seLinuxChangePolicy)) {
    errors.push(notSupported(`${at}.seLinuxChangePolicy`, seLinuxChangePolicy, relabels));
  }
  return errors;
}

const SYSCTL =
  "([a-z0-9][-_a-z0-9]*[a-z0-9]|[a-z0-9])([\\./]([a-z0-9][-_a-z0-9]*[a-z0-9]|[a-z0-9]))*";
const sysctlPattern = new RegExp(`^${SYSCTL}$`);

/** Sysctls of the network and of shared memory belong to the node where the pod shares that with it. */
function hostSysctlErrors(name: string, spec: PodSpec, field: string): readonly FieldError[] {
  const dotted = name.replaceAll("/", ".");
  const ipc = /^(kernel\.(shm|msg|sem$)|fs\.mqueue\.)/.test(dotted);
  if (spec.hostNetwork === true && dotted.startsWith("net.")) {
    return [invalidValue(field, name, "may not be specified when 'hostNetwork' is true")];
  }
  return spec.hostIPC === true && ipc
    ? [invalidValue(field, name, "may not be specified when 'hostIPC' is true")]
    : [];
}

function sysctlErrors(
  sysctls: readonly { readonly name: string }[],
  spec: PodSpec,
  path: string,
): readonly FieldError[] {
  const names = new Set<string>();
  return sysctls.flatMap(({ name }, index) => {
    const field = `${path}[${index}].name`;
    const shared = hostSysctlErrors(name ?? "", spec, field);
    if (!name) return [required(field, "")];
    if (name.length > 253 || !sysctlPattern.test(name)) {
      const why = `must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$`;
      return [invalidValue(field, name, why), ...shared];
    }
    if (names.has(name)) return [duplicate(field, name), ...shared];
    names.add(name);
    return shared;
  });
}

/** core `validatePodHostNetworkDeps`: on the node's network a container's port is the node's. */
export function hostNetworkErrors(spec: PodSpec, path: string): readonly FieldError[] {
  if (spec.hostNetwork !== true) return [];
  const errors: FieldError[] = [];
  (spec.containers ?? []).forEach((container, index) => {
    (container.ports ?? []).forEach(({ hostPort, containerPort }, nth) => {
      if (!hostPort || hostPort === containerPort) return;
      const field = `${path}.containers[${index}].ports[${nth}].hostPort`;
      const why = "must match `containerPort` when `hostNetwork` is true";
      errors.push(invalidValue(field, hostPort, why));
    });
  });
  return errors;
}
