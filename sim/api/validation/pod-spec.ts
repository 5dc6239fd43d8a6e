import { remembered } from "../kinds/fill.ts";
import { isPodLevelResource, sumOfContainers } from "../kinds/pod/resources.ts";
import type { Container, PodSpec } from "../types.gen.ts";
import { commonContainerErrors, imageErrors, type PodFacts } from "./container.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooMany,
} from "./field-error.ts";
import { invalidEach, labelErrors } from "./meta.ts";
import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  qualifiedNameErrors,
  underscoreSubdomainErrors,
} from "./names.ts";
import { podClaimErrors } from "./pod-claims.ts";
import { hostUsersErrors, systemErrors } from "./pod-system.ts";
import { runtimeErrors } from "./probe.ts";
import { nanosOf, requirementsErrors, resourceNameErrors } from "./resources.ts";
import { affinityErrors, gateErrors, spreadErrors, tolerationErrors } from "./scheduling.ts";
import { oneOf, podSecurityErrors } from "./security.ts";
import { volumesErrors } from "./volume.ts";

const ownSpec = remembered((spec: PodSpec) => checkSpec(spec, "spec"));
const templateSpec = remembered((spec: PodSpec) => checkSpec(spec, "spec.template.spec"));
const otherSpecs = new Map<string, (spec: PodSpec) => readonly FieldError[]>();

/** core `ValidatePodSpec`. A spec that many pods share is looked at once per place. */
export function podSpecErrors(spec: PodSpec, path: string): readonly FieldError[] {
  if (path === "spec") return ownSpec(spec);
  if (path === "spec.template.spec") return templateSpec(spec);
  let check = otherSpecs.get(path);
  if (check === undefined) {
    check = remembered((value: PodSpec) => checkSpec(value, path));
    otherSpecs.set(path, check);
  }
  return check(spec);
}

function checkSpec(spec: PodSpec, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const volumes = volumesErrors(spec.volumes ?? [], `${path}.volumes`);
  errors.push(...volumes.errors);
  const facts: PodFacts = {
    volumes: volumes.names,
    hostUsers: spec.hostUsers !== false,
    claims: new Set((spec.resourceClaims ?? []).map(({ name }) => name)),
    restartPolicy: spec.restartPolicy ?? "",
    gracePeriod: spec.terminationGracePeriodSeconds,
  };
  errors.push(...podClaimErrors(spec.resourceClaims ?? [], `${path}.resourceClaims`));
  errors.push(...containersErrors(spec, path, facts));
  errors.push(...podResourceErrors(spec, `${path}.resources`));
  const restarts = ["Always", "OnFailure", "Never"];
  errors.push(...oneOf(spec.restartPolicy, `${path}.restartPolicy`, restarts));
  const dns = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
  errors.push(...oneOf(spec.dnsPolicy, `${path}.dnsPolicy`, dns));
  if (spec.nodeSelector !== undefined) {
    errors.push(...labelErrors(spec.nodeSelector, `${path}.nodeSelector`));
  }
  errors.push(...podSecurityErrors(spec, path));
  errors.push(...affinityErrors(spec.affinity, `${path}.affinity`));
  errors.push(...dnsConfigErrors(spec, `${path}.dnsConfig`));
  (spec.readinessGates ?? []).forEach(({ conditionType }, index) => {
    const field = `${path}.readinessGates[${index}].conditionType`;
    errors.push(...invalidEach(field, conditionType, qualifiedNameErrors(conditionType)));
  });
  errors.push(...gateErrors(spec.schedulingGates, `${path}.schedulingGates`));
  const spread = spec.topologySpreadConstraints ?? [];
  errors.push(...spreadErrors(spread, `${path}.topologySpreadConstraints`));
  errors.push(...hostUsersErrors(spec, path));
  errors.push(...namesErrors(spec, path));
  if (path === "spec") {
    errors.push(...imageErrors(spec.containers, `${path}.containers`));
    errors.push(...imageErrors(spec.initContainers, `${path}.initContainers`));
  }
  return errors;
}

function namesErrors(spec: PodSpec, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const check = (key: keyof PodSpec & string, rule: (value: string) => readonly string[]) => {
    const value = spec[key];
    if (typeof value !== "string" || value === "") return;
    errors.push(...invalidEach(`${path}.${key}`, value, rule(value)));
  };
  check("serviceAccountName", dnsSubdomainErrors);
  check("nodeName", dnsSubdomainErrors);
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined && (deadline < 1 || deadline > 2_147_483_647)) {
    const why = "must be between 1 and 2147483647, inclusive";
    errors.push(invalidValue(`${path}.activeDeadlineSeconds`, deadline, why));
  }
  check("hostname", dnsLabelErrors);
  check("subdomain", dnsLabelErrors);
  errors.push(...tolerationErrors(spec.tolerations ?? [], `${path}.tolerations`));
  (spec.hostAliases ?? []).forEach(({ ip, hostnames }, index) => {
    const at = `${path}.hostAliases[${index}]`;
    errors.push(...ipErrors(ip, `${at}.ip`));
    (hostnames ?? []).forEach((name, nth) => {
      errors.push(...invalidEach(`${at}.hostnames[${nth}]`, name, dnsSubdomainErrors(name)));
    });
  });
  check("priorityClassName", dnsSubdomainErrors);
  check("runtimeClassName", dnsSubdomainErrors);
  const { preemptionPolicy, os } = spec;
  if (preemptionPolicy !== undefined) {
    const policies = ["PreemptLowerPriority", "Never"];
    errors.push(...oneOf(preemptionPolicy, `${path}.preemptionPolicy`, policies));
  }
  if (spec.overhead !== undefined) {
    errors.push(...requirementsErrors({ limits: spec.overhead }, `${path}.overhead`));
  }
  if (os !== undefined) {
    const systems = ["linux", "windows"];
    if (!os.name) errors.push(required(`${path}.os.name`, "cannot be empty"));
    else if (!systems.includes(os.name)) {
      errors.push(notSupported(`${path}.os`, os.name, systems));
    } else errors.push(...systemErrors(spec, path));
  }
  return errors;
}

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/;
const GROUPS = /^[0-9a-fA-F]{1,4}$/;

/** Whether a text is an IPv4 address without leading zeros. */
export function isIpv4(text: string): boolean {
  return IPV4.test(text);
}

/** Whether a text is an IPv6 address. */
export function isIpv6(text: string): boolean {
  const halves = text.split("::");
  if (halves.length > 2 || !text.includes(":")) return false;
  let count = 0;
  const lastHalf = halves.length - 1;
  for (const [nth, half] of halves.entries()) {
    if (half === "") continue;
    const groups = half.split(":");
    for (const [at, group] of groups.entries()) {
      if (nth === lastHalf && at === groups.length - 1 && isIpv4(group)) count += 2;
      else if (GROUPS.test(group)) count++;
      else return false;
    }
  }
  return halves.length === 2 ? count < 8 : count === 8;
}

/** What is wrong with an IP address. */
export function ipErrors(text: string, field: string): readonly FieldError[] {
  if (isIpv4(text) || isIpv6(text)) return [];
  return [
    invalidValue(field, text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"),
  ];
}

function containersErrors(spec: PodSpec, path: string, facts: PodFacts): readonly FieldError[] {
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
    if (regular.has(name) || names.has(name)) errors.push(duplicate(`${at}.name`, name));
    else names.add(name);
    errors.push(...restartErrors(container, at));
    if (restartPolicy === "Always") errors.push(...runtimeErrors(container, at, facts));
    else {
      for (const key of NOT_FOR_INIT) {
        if (container[key] === undefined) continue;
        const why = "may not be set for init containers without restartPolicy=Always";
        errors.push(forbiddenField(`${at}.${key}`, why));
      }
    }
    errors.push(...hostPortErrors([container], field));
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
      errors.push({
        type: "FieldValueNotFound",
        field: `${at}.targetContainerName`,
        message: `Not found: ${JSON.stringify(targetContainerName)}`,
      });
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

function podResourceErrors(spec: PodSpec, path: string): readonly FieldError[] {
  const { resources } = spec;
  if (resources === undefined) return [];
  const errors: FieldError[] = [];
  if (resources.claims !== undefined) {
    const why = "claims cannot be set for Resources at pod-level";
    errors.push(forbiddenField(`${path}.claims`, why));
  }
  errors.push(...requirementsErrors(resources, path, podLevelNameErrors));
  const asked = sumOfContainers(spec, (container) => container.resources?.requests);
  for (const name of Object.keys(resources.requests ?? {}).sort()) {
    const own = resources.requests?.[name];
    const sum = asked.get(name);
    if (sum === undefined || nanosOf(sum) <= nanosOf(own)) continue;
    const why = `must be greater than or equal to aggregate container requests of ${sum}`;
    errors.push(invalidValue(`${path}.requests[${name}]`, own, why));
  }
  (spec.containers ?? []).forEach((container, index) => {
    for (const name of Object.keys(resources.limits ?? {}).sort()) {
      const most = resources.limits?.[name];
      const limit = container.resources?.limits?.[name];
      if (limit === undefined || nanosOf(limit) <= nanosOf(most)) continue;
      const why = `must be less than or equal to pod limits of ${most}`;
      errors.push(invalidValue(`${path}.containers[${index}][${name}].limits`, limit, why));
    }
  });
  return errors;
}

function podLevelNameErrors(name: string, field: string): readonly FieldError[] {
  const errors = [...resourceNameErrors(name, field)];
  if (errors.length === 0 && !isPodLevelResource(name)) {
    errors.push(notSupported(field, name, ["cpu", "hugepages-", "memory"]));
  }
  return errors;
}

function searchErrors(searches: readonly string[], path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (searches.length > 32) {
    errors.push(invalidValue(path, searches, "must not have more than 32 search paths"));
  }
  if (searches.join(" ").length > 2048) {
    const why = "must not have more than 2048 characters (including spaces) in the search list";
    errors.push(invalidValue(path, searches, why));
  }
  searches.forEach((text, index) => {
    if (text === ".") return;
    const name = text.endsWith(".") ? text.slice(0, -1) : text;
    errors.push(...invalidEach(`${path}[${index}]`, name, underscoreSubdomainErrors(name)));
  });
  return errors;
}

function dnsConfigErrors(spec: PodSpec, path: string): readonly FieldError[] {
  const config = spec.dnsConfig;
  const servers = config?.nameservers ?? [];
  const errors: FieldError[] = [];
  if (spec.dnsPolicy === "None") {
    if (config === undefined) {
      const why = "must provide `dnsConfig` when `dnsPolicy` is None";
      return [required(path, why)];
    }
    if (servers.length === 0) {
      const why = "must provide at least one DNS nameserver when `dnsPolicy` is None";
      return [required(`${path}.nameservers`, why)];
    }
  }
  if (servers.length > 3) {
    const why = "must not have more than 3 nameservers";
    errors.push(invalidValue(`${path}.nameservers`, servers, why));
  }
  servers.forEach((server, index) => {
    errors.push(...ipErrors(server, `${path}.nameservers[${index}]`));
  });
  errors.push(...searchErrors(config?.searches ?? [], `${path}.searches`));
  (config?.options ?? []).forEach(({ name }, index) => {
    if (!name) errors.push(required(`${path}.options[${index}]`, "must not be empty"));
  });
  return errors;
}
