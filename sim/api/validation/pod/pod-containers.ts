import type { Container, PodSpec } from "../../types.gen.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  notFoundValue,
  notSupported,
  required,
  tooMany,
} from "../field-error.ts";
import { commonContainerErrors, imageErrors, type PodFacts } from "./container.ts";
import { runtimeErrors } from "./probe.ts";

/** core `validateContainers`, `validateInitContainers` and `validateEphemeralContainers`. */
export function containersErrors(
  spec: PodSpec,
  path: string,
  facts: PodFacts,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const containers = spec.containers ?? [];
  const names = new Set<string>();
  const field = `${path}.containers`;
  if (containers.length === 0) errors.push(required(field, ""));
  containers.forEach((container, index) => {
    const at = `${field}[${index}]`;
    errors.push(...commonContainerErrors(container, at, facts));
    if (names.has(container.name)) errors.push(duplicate(`${at}.name`, container.name));
    names.add(container.name);
    errors.push(...runtimeErrors(container, at, facts));
    errors.push(...restartErrors(container, at));
  });
  errors.push(...hostPortErrors(containers, field));
  errors.push(...initErrors(spec, path, names, facts));
  errors.push(...ephemeralErrors(spec, path, names, facts));
  return errors;
}

function restartErrors(container: Container, at: string): readonly FieldError[] {
  const { restartPolicy, restartPolicyRules } = container;
  const errors: FieldError[] = [];
  const supported = ["Always", "Never", "OnFailure"];
  if (restartPolicy !== undefined && !supported.includes(restartPolicy)) {
    errors.push(notSupported(`${at}.restartPolicy`, restartPolicy, supported));
  }
  if (restartPolicyRules === undefined) return errors;
  if (restartPolicy === undefined) {
    const why = "must specify restartPolicy when restart rules are used";
    errors.push(required(`${at}.restartPolicy`, why));
  }
  if (restartPolicyRules.length > 20) {
    errors.push(tooMany(`${at}.restartPolicyRules`, restartPolicyRules.length, 20));
  }
  restartPolicyRules.forEach((rule, index) => {
    const field = `${at}.restartPolicyRules[${index}]`;
    const { action, exitCodes } = rule;
    const actions = ["Restart", "RestartAllContainers"];
    if (!actions.includes(action)) errors.push(notSupported(`${field}.action`, action, actions));
    if (exitCodes === undefined) errors.push(required(`${field}.exitCodes`, "must be specified"));
    else if (exitCodes.operator !== "In" && exitCodes.operator !== "NotIn") {
      errors.push(notSupported(`${field}.exitCodes.operator`, exitCodes.operator, ["In", "NotIn"]));
    }
    const codes = exitCodes?.values?.length ?? 0;
    if (codes > 255) errors.push(tooMany(`${field}.exitCodes.values`, codes, 255));
  });
  return errors;
}

/** Fields that plain init containers may not have. */
const NOT_FOR_INIT = ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] as const;

function initErrors(
  spec: PodSpec,
  path: string,
  regular: ReadonlySet<string>,
  facts: PodFacts,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  const field = `${path}.initContainers`;
  (spec.initContainers ?? []).forEach((container, index) => {
    const at = `${field}[${index}]`;
    const { name, restartPolicy } = container;
    errors.push(...commonContainerErrors(container, at, facts));
    errors.push(...restartErrors(container, at));
    if (regular.has(name) || names.has(name)) errors.push(duplicate(`${at}.name`, name));
    else if (name) names.add(name);
    // One runs after the other: their ports meet only their own.
    errors.push(...hostPortErrors([container], field));
    if (restartPolicy === "Always") errors.push(...runtimeErrors(container, at, facts));
    else {
      for (const key of NOT_FOR_INIT) {
        if (container[key] === undefined) continue;
        const why = "may not be set for init containers without restartPolicy=Always";
        errors.push(forbiddenField(`${at}.${key}`, why));
      }
    }
  });
  return errors;
}

/** Fields that debug containers may not have, in the order of upstream's type. */
const NOT_FOR_EPHEMERAL = [
  "ports",
  "resources",
  "resizePolicy",
  "restartPolicy",
  "restartPolicyRules",
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "lifecycle",
] as const;

function ephemeralErrors(
  spec: PodSpec,
  path: string,
  regular: ReadonlySet<string>,
  facts: PodFacts,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const others = new Set([...regular, ...(spec.initContainers ?? []).map(({ name }) => name)]);
  const names = new Set<string>();
  (spec.ephemeralContainers ?? []).forEach((container, index) => {
    const at = `${path}.ephemeralContainers[${index}]`;
    const { name, targetContainerName = "" } = container;
    errors.push(...commonContainerErrors(container, at, facts));
    errors.push(...imageErrors([container], at).map((one) => ({ ...one, field: `${at}.image` })));
    if (others.has(name) || names.has(name)) errors.push(duplicate(`${at}.name`, name));
    else names.add(name);
    if (targetContainerName !== "" && !others.has(targetContainerName)) {
      errors.push(notFoundValue(`${at}.targetContainerName`, targetContainerName));
    }
    const why = "cannot be set for an Ephemeral Container";
    for (const key of NOT_FOR_EPHEMERAL) {
      const value = container[key];
      const set = key === "resources" ? Object.keys(value ?? {}).length > 0 : value !== undefined;
      if (set) errors.push(forbiddenField(`${at}.${key}`, why));
    }
    (container.volumeMounts ?? []).forEach((mount, nth) => {
      for (const key of ["subPath", "subPathExpr"] as const) {
        if (mount[key]) errors.push(forbiddenField(`${at}.volumeMounts[${nth}].${key}`, why));
      }
    });
  });
  return errors;
}

/** Ports of the node may be used once per protocol and address. */
function hostPortErrors(containers: readonly Container[], path: string): readonly FieldError[] {
  const used = new Set<string>();
  return containers.flatMap((container, index) =>
    (container.ports ?? []).flatMap(({ protocol = "", hostIP = "", hostPort = 0 }, nth) => {
      if (hostPort === 0) return [];
      const key = `${protocol}/${hostIP}/${hostPort}`;
      if (used.has(key)) return [duplicate(`${path}[${index}].ports[${nth}].hostPort`, key)];
      used.add(key);
      return [];
    }),
  );
}
