import type { ContainerStatus, Pod, PodStatus } from "../../types.gen.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
} from "../field-error.ts";
import { IMMUTABLE, invalidEach } from "../meta.ts";
import { dnsLabelErrors, dnsSubdomainErrors, qualifiedNameErrors } from "../names.ts";
import { isIpv4, isIpv6 } from "../network/ip.ts";
import { ipErrors } from "../network/ip-errors.ts";
import { podAnnotationErrors, podAnnotationUpdateErrors } from "./pod-annotations.ts";

const SYSTEM_CONDITIONS = new Set(["PodScheduled", "Ready", "Initialized"]);

/** core `ValidatePodStatusUpdate`, without metadata. */
export function podStatusErrors(next: Pod, before: Pod): readonly FieldError[] {
  const { annotations } = next.metadata;
  const status = next.status ?? {};
  const old = before.status ?? {};
  const spec = next.spec ?? { containers: [] };
  const errors: FieldError[] = [
    ...podAnnotationUpdateErrors(annotations, before.metadata.annotations),
    ...podAnnotationErrors(annotations, spec, "metadata.annotations"),
  ];
  status.conditions?.forEach(({ type }, index) => {
    if (SYSTEM_CONDITIONS.has(type)) return;
    const field = `metadata.conditions[${index}].Type`;
    errors.push(...invalidEach(field, type, qualifiedNameErrors(type)));
  });
  const { nominatedNodeName: node = "" } = status;
  if (node !== "" && node !== old.nominatedNodeName) {
    errors.push(...invalidEach("status.nominatedNodeName", node, dnsSubdomainErrors(node)));
  }
  if (status.qosClass !== old.qosClass) {
    errors.push(invalidValue("status.qosClass", status.qosClass ?? "", IMMUTABLE));
  }
  errors.push(...transitionErrors(status, old, before));
  errors.push(...claimStatusErrors(status, next));
  errors.push(...extendedClaimErrors(status, next));
  errors.push(...ipListErrors("podIPs", status.podIPs));
  const first = status.hostIPs?.[0]?.ip;
  if (first !== undefined && first !== status.hostIP) {
    errors.push(invalidValue("status.hostIPs[0].ip", first, "must be equal to `hostIP`"));
  }
  errors.push(...ipListErrors("hostIPs", status.hostIPs));
  return errors;
}

/** Containers that ended for good stay ended. */
function transitionErrors(status: PodStatus, old: PodStatus, pod: Pod): readonly FieldError[] {
  const { restartPolicy = "", initContainers = [] } = pod.spec ?? { containers: [] };
  const sidecars = new Set<string>();
  for (const container of initContainers) {
    if (container.restartPolicy === "Always") sidecars.add(container.name);
  }
  return [
    ...revivals(status, old, "containerStatuses", restartPolicy, undefined),
    ...revivals(status, old, "initContainerStatuses", restartPolicy, sidecars),
    ...revivals(status, old, "ephemeralContainerStatuses", "Never", undefined),
  ];
}

function revivals(
  status: PodStatus,
  old: PodStatus,
  key: "containerStatuses" | "initContainerStatuses" | "ephemeralContainerStatuses",
  policy: string,
  exempt: ReadonlySet<string> | undefined,
): readonly FieldError[] {
  if (policy === "Always") return [];
  const next: readonly ContainerStatus[] = status[key] ?? [];
  return (old[key] ?? []).flatMap(({ name, state }, index) => {
    const ended = state?.terminated;
    if (ended === undefined || exempt?.has(name)) return [];
    if (ended.exitCode !== 0 && policy === "OnFailure") return [];
    const revived = next.filter((one) => one.name === name && one.state?.terminated === undefined);
    const why = "may not be transitioned to non-terminated state";
    return revived.map(() => forbiddenField(`status.${key}[${index}].state`, why));
  });
}

function claimStatusErrors(status: PodStatus, pod: Pod): readonly FieldError[] {
  const known = new Set((pod.spec?.resourceClaims ?? []).map(({ name }) => name));
  const seen = new Set<string>();
  return (status.resourceClaimStatuses ?? []).flatMap(({ name, resourceClaimName }, index) => {
    const field = `status.resourceClaimStatuses[${index}].name`;
    const errors: FieldError[] = [];
    if (!known.has(name)) {
      const why = "must match the name of an entry in `spec.resourceClaims`";
      errors.push(invalidValue(field, name, why));
    }
    if (seen.has(name)) errors.push(duplicate(field, name));
    seen.add(name);
    if (resourceClaimName !== undefined) {
      errors.push(...invalidEach(field, resourceClaimName, dnsSubdomainErrors(resourceClaimName)));
    }
    return errors;
  });
}

/** core `validatePodExtendedResourceClaimStatus`. */
function extendedClaimErrors(status: PodStatus, { spec }: Pod): readonly FieldError[] {
  const claim = status.extendedResourceClaimStatus;
  if (claim === undefined) return [];
  const path = "status.extendedResourceClaimStatus";
  const { requestMappings = [], resourceClaimName = "" } = claim;
  const errors: FieldError[] = [];
  if (requestMappings.length === 0) {
    errors.push(required(`${path}.requestMappings`, "at least one request mapping is required"));
  }
  const all = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  const seen = new Set<string>();
  requestMappings.forEach(({ containerName = "", resourceName = "", requestName = "" }, index) => {
    const at = `${path}.requestMappings[${index}]`;
    const container = all.find(({ name }) => name === containerName);
    if (container === undefined) {
      const why =
        "must match the name of an entry in spec.initContainers.name or spec.containers.name";
      errors.push(invalidValue(`${at}.containerName`, containerName, why));
    } else if (container.resources?.requests?.[resourceName] === undefined) {
      const why =
        "must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests";
      errors.push(invalidValue(`${at}.resourceName`, resourceName, why));
    }
    // Upstream's path leaves out which mapping it is.
    errors.push(...invalidEach(`${path}.requestName`, requestName, dnsLabelErrors(requestName)));
    const key = JSON.stringify([containerName, resourceName, requestName]);
    if (seen.has(key)) {
      errors.push(duplicate(`${at}.containerName`, containerName));
      errors.push(duplicate(`${at}.resourceName`, resourceName));
      errors.push(duplicate(`${at}.requestName`, requestName));
    }
    seen.add(key);
  });
  const field = `${path}.resourceClaimName`;
  if (resourceClaimName === "") errors.push(required(field, ""));
  else errors.push(...invalidEach(field, resourceClaimName, dnsSubdomainErrors(resourceClaimName)));
  return errors;
}

/** core `validatePodIPs` and `validateHostIPs`: at most one address of each family. */
function ipListErrors(
  key: "podIPs" | "hostIPs",
  list: readonly { readonly ip: string }[] = [],
): readonly FieldError[] {
  if (list.length === 0) return [];
  const path = `status.${key}`;
  const values = list.map(({ ip }) => ip);
  const errors = values.flatMap((ip, index) => ipErrors(ip, `${path}[${index}]`));
  if (values.length < 2) return errors;
  if (values.length > 2 || !values.some(isIpv4) || !values.some(isIpv6)) {
    const shown = values.map((ip) => ({ IP: ip }));
    errors.push(invalidValue(path, shown, "may specify no more than one IP for each IP family"));
  }
  values.forEach((ip, index) => {
    if (values.indexOf(ip) !== index) errors.push(duplicate(`${path}[${index}]`, { IP: ip }));
  });
  return errors;
}
