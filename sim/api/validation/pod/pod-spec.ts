import { remembered } from "../../kinds/fill.ts";
import type { PodSpec } from "../../types.gen.ts";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  oneOf,
  required,
  tooLong,
} from "../field-error.ts";
import { invalidEach, labelErrors } from "../meta.ts";
import { dnsLabelErrors, dnsSubdomainErrors, qualifiedNameErrors } from "../names.ts";
import { ipErrors } from "../network/ip-errors.ts";
import { requirementsErrors } from "../resources.ts";
import { imageErrors, type PodFacts } from "./container.ts";
import { podClaimErrors } from "./pod-claims.ts";
import { containersErrors } from "./pod-containers.ts";
import { dnsConfigErrors } from "./pod-dns.ts";
import { podResourceErrors } from "./pod-resources.ts";
import { hostUsersErrors, systemErrors } from "./pod-system.ts";
import { affinityErrors, gateErrors, spreadErrors, tolerationErrors } from "./scheduling.ts";
import { hostNetworkErrors, podSecurityErrors } from "./security.ts";
import { volumesErrors } from "./volume.ts";
import { hostProcessErrors } from "./windows.ts";

const ownSpec = remembered((spec: PodSpec) => checkSpec(spec, "spec"));
const templateSpec = remembered((spec: PodSpec) => checkSpec(spec, "spec.template.spec"));
const otherSpecs = new Map<string, (spec: PodSpec) => readonly FieldError[]>();

/**
 * core `ValidatePodSpec`. A spec that many pods share is looked at once per place. `name` is the pod's, where there is one: claims
 * of its ephemeral volumes are named after it.
 */
export function podSpecErrors(spec: PodSpec, path: string, name?: string): readonly FieldError[] {
  if (name && spec.volumes?.some(({ ephemeral }) => ephemeral !== undefined)) {
    return checkSpec(spec, path, name);
  }
  if (path === "spec") return ownSpec(spec);
  if (path === "spec.template.spec") return templateSpec(spec);
  let check = otherSpecs.get(path);
  if (check === undefined) {
    check = remembered((value: PodSpec) => checkSpec(value, path));
    otherSpecs.set(path, check);
  }
  return check(spec);
}

function checkSpec(spec: PodSpec, path: string, name = ""): readonly FieldError[] {
  const errors: FieldError[] = [];
  const volumes = volumesErrors(spec.volumes ?? [], `${path}.volumes`, path === "spec", name);
  errors.push(...volumes.errors);
  const facts: PodFacts = {
    volumes: volumes.names,
    hostUsers: spec.hostUsers !== false,
    claims: new Set((spec.resourceClaims ?? []).map(({ name }) => name)),
    restartPolicy: spec.restartPolicy ?? "",
    gracePeriod: spec.terminationGracePeriodSeconds,
    system: spec.os?.name,
  };
  errors.push(...podClaimErrors(spec.resourceClaims ?? [], `${path}.resourceClaims`));
  errors.push(...containersErrors(spec, path, facts));
  errors.push(...podResourceErrors(spec, `${path}.resources`, facts.claims));
  errors.push(...hostNetworkErrors(spec, path));
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
  errors.push(...hostProcessErrors(spec, path), ...hostUsersErrors(spec, path));
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
  errors.push(...hostnameErrors(spec, path));
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

/** The longest name a host may have. */
const HOSTNAME_LIMIT = 64;

/** A name that overrides the others stands alone. */
function hostnameErrors(spec: PodSpec, path: string): readonly FieldError[] {
  const { hostnameOverride: name } = spec;
  if (name === undefined) return [];
  const field = `${path}.hostnameOverride`;
  const errors: FieldError[] = [...invalidEach(field, name, dnsSubdomainErrors(name))];
  if (name.length > HOSTNAME_LIMIT) errors.push(tooLong(field, HOSTNAME_LIMIT));
  if (spec.setHostnameAsFQDN === true) {
    const why = "may not be set to true when `hostnameOverride` is set";
    errors.push(forbiddenField(`${path}.setHostnameAsFQDN`, why));
  }
  if (spec.hostNetwork === true) {
    const why = "may not be set to true when `hostnameOverride` is set";
    errors.push(forbiddenField(`${path}.hostNetwork`, why));
  }
  return errors;
}
