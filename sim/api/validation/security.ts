import type { PodSecurityContext, PodSpec, SecurityContext } from "../types.gen.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "./field-error.ts";
import { goValue } from "./go-value.ts";

const MAX_ID = 2_147_483_647;
const ID_TEXT = "must be between 0 and 2147483647, inclusive";

function idErrors(id: number | undefined, field: string): readonly FieldError[] {
  return id === undefined || (id >= 0 && id <= MAX_ID) ? [] : [invalidValue(field, id, ID_TEXT)];
}

/** core `ValidateSecurityContext`: of one container. */
export function containerSecurityErrors(
  context: SecurityContext | undefined,
  path: string,
): readonly FieldError[] {
  if (context === undefined) return [];
  const errors: FieldError[] = [];
  errors.push(...idErrors(context.runAsUser, `${path}.runAsUser`));
  errors.push(...idErrors(context.runAsGroup, `${path}.runAsGroup`));
  const { procMount } = context;
  if (procMount !== undefined && procMount !== "Default" && procMount !== "Unmasked") {
    errors.push(notSupported(`${path}.procMount`, procMount, ["Default", "Unmasked"]));
  }
  errors.push(...profileErrors(context.seccompProfile, `${path}.seccompProfile`, SECCOMP_TYPES));
  if (context.allowPrivilegeEscalation === false) {
    const shown = goValue("SecurityContext", context);
    if (context.privileged === true) {
      const why = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
      errors.push(rawInvalid(path, shown, why));
    }
    if ((context.capabilities?.add ?? []).includes("CAP_SYS_ADMIN")) {
      const why =
        "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
      errors.push(rawInvalid(path, shown, why));
    }
  }
  errors.push(...profileErrors(context.appArmorProfile, `${path}.appArmorProfile`, SECCOMP_TYPES));
  return errors;
}

/** An Invalid error whose value is already printed. */
export function rawInvalid(field: string, printed: string, why: string): FieldError {
  return { type: "FieldValueInvalid", field, message: `Invalid value: ${printed}: ${why}` };
}

const SECCOMP_TYPES = ["Localhost", "RuntimeDefault", "Unconfined"];

function profileErrors(
  profile: { readonly type: string; readonly localhostProfile?: string } | undefined,
  path: string,
  types: readonly string[],
): readonly FieldError[] {
  if (profile === undefined) return [];
  const { type, localhostProfile } = profile;
  if (!type) return [required(`${path}.type`, "type is required when seccompProfile is set")];
  if (!types.includes(type)) return [notSupported(`${path}.type`, type, types)];
  if (type === "Localhost") {
    if (localhostProfile) return [];
    const why = "must be set when seccomp type is Localhost";
    return [required(`${path}.localhostProfile`, why)];
  }
  if (localhostProfile === undefined) return [];
  const why = "can only be set when seccomp type is Localhost";
  return [invalidValue(`${path}.localhostProfile`, localhostProfile, why)];
}

/** core `ValidatePodSecurityContext`, with the rules of the node's own namespaces. */
export function podSecurityErrors(spec: PodSpec, path: string): readonly FieldError[] {
  const errors = [...hostNetworkErrors(spec, path)];
  const context = spec.securityContext;
  if (spec.shareProcessNamespace === true && spec.hostPID === true) {
    errors.push(
      invalidValue(
        `${path}.shareProcessNamespace`,
        true,
        "ShareProcessNamespace and HostPID cannot both be enabled",
      ),
    );
  }
  if (context === undefined) return errors;
  const at = `${path}.securityContext`;
  errors.push(...idErrors(context.fsGroup, `${at}.fsGroup`));
  errors.push(...idErrors(context.runAsUser, `${at}.runAsUser`));
  errors.push(...idErrors(context.runAsGroup, `${at}.runAsGroup`));
  (context.supplementalGroups ?? []).forEach((id, index) => {
    errors.push(...idErrors(id, `${at}.supplementalGroups[${index}]`));
  });
  errors.push(...sysctlErrors(context.sysctls ?? [], `${at}.sysctls`));
  errors.push(...policyErrors(context, at));
  errors.push(...profileErrors(context.seccompProfile, `${at}.seccompProfile`, SECCOMP_TYPES));
  errors.push(...profileErrors(context.appArmorProfile, `${at}.appArmorProfile`, SECCOMP_TYPES));
  return errors;
}

function policyErrors(context: PodSecurityContext, at: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { fsGroupChangePolicy, supplementalGroupsPolicy } = context;
  const changes = ["Always", "OnRootMismatch"];
  if (fsGroupChangePolicy !== undefined && !changes.includes(fsGroupChangePolicy)) {
    errors.push(notSupported(`${at}.fsGroupChangePolicy`, fsGroupChangePolicy, changes));
  }
  const groups = ["Merge", "Strict"];
  if (supplementalGroupsPolicy !== undefined && !groups.includes(supplementalGroupsPolicy)) {
    const field = `${at}.supplementalGroupsPolicy`;
    errors.push(notSupported(field, supplementalGroupsPolicy, groups));
  }
  return errors;
}

const SYSCTL =
  "([a-z0-9][-_a-z0-9]*[a-z0-9]|[a-z0-9])([\\./]([a-z0-9][-_a-z0-9]*[a-z0-9]|[a-z0-9]))*";
const sysctlPattern = new RegExp(`^${SYSCTL}$`);

function sysctlErrors(
  sysctls: readonly { readonly name: string }[],
  path: string,
): readonly FieldError[] {
  const names = new Set<string>();
  return sysctls.flatMap(({ name }, index) => {
    const field = `${path}[${index}].name`;
    if (!name) return [required(field, "")];
    if (name.length > 253 || !sysctlPattern.test(name)) {
      const why = `must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$`;
      return [invalidValue(field, name, why)];
    }
    if (names.has(name)) return [duplicate(field, name)];
    names.add(name);
    return [];
  });
}

function hostNetworkErrors(spec: PodSpec, path: string): readonly FieldError[] {
  if (spec.hostNetwork !== true) return [];
  const errors: FieldError[] = [];
  for (const list of ["containers", "initContainers"] as const) {
    (spec[list] ?? []).forEach((container, index) => {
      (container.ports ?? []).forEach(({ hostPort, containerPort }, nth) => {
        if (!hostPort || hostPort === containerPort) return;
        const field = `${path}.${list}[${index}].ports[${nth}].hostPort`;
        const why = "must match `containerPort` when `hostNetwork` is true";
        errors.push(invalidValue(field, hostPort, why));
      });
    });
  }
  if (spec.hostUsers === false) {
    errors.push(forbiddenField(`${path}.hostNetwork`, "when `hostUsers` is false"));
  }
  return errors;
}

/** Values of a field that must be one of a few. */
export function oneOf(
  value: string | undefined,
  field: string,
  supported: readonly string[],
): readonly FieldError[] {
  if (value === undefined || value === "") return [required(field, "")];
  return supported.includes(value) ? [] : [notSupported(field, value, supported)];
}
