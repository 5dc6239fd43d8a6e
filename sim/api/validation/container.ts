import type {
  Container,
  ContainerPort,
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  LifecycleHandler,
  Probe,
  VolumeMount,
} from "../types.gen.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notFoundValue,
  notSupported,
  required,
} from "./field-error.ts";
import { invalidEach } from "./meta.ts";
import {
  configKeyErrors,
  dnsLabelErrors,
  dnsSubdomainErrors,
  envNameErrors,
  NOT_NEGATIVE,
  portNameErrors,
  portNumberErrors,
} from "./names.ts";
import { requirementsErrors } from "./resources.ts";
import { containerSecurityErrors } from "./security.ts";

/** What a container's checks need to know of its pod. */
export interface PodFacts {
  /** Names of the pod's volumes, with their sources' names. */
  readonly volumes: ReadonlyMap<string, string>;
  readonly restartPolicy: string;
  readonly gracePeriod: number | undefined;
}

/** Checks that all sorts of containers share. */
export function commonContainerErrors(
  container: Container,
  path: string,
  facts: PodFacts,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { name, image = "" } = container;
  if (!name) errors.push(required(`${path}.name`, ""));
  else errors.push(...invalidEach(`${path}.name`, name, dnsLabelErrors(name)));
  if (image === "") errors.push(required(`${path}.image`, ""));
  else if (image !== image.trim()) {
    errors.push(
      invalidValue(`${path}.image`, image, "must not have leading or trailing whitespace"),
    );
  }
  const policies = ["FallbackToLogsOnError", "File"];
  const { terminationMessagePolicy = "" } = container;
  if (terminationMessagePolicy !== "" && !policies.includes(terminationMessagePolicy)) {
    const field = `${path}.terminationMessagePolicy`;
    errors.push(notSupported(field, terminationMessagePolicy, policies));
  }
  errors.push(...portsErrors(container.ports ?? [], `${path}.ports`));
  errors.push(...envErrors(container.env ?? [], `${path}.env`));
  errors.push(...envFromErrors(container.envFrom ?? [], `${path}.envFrom`));
  errors.push(...mountErrors(container, `${path}.volumeMounts`, facts));
  errors.push(...deviceErrors(container, `${path}.volumeDevices`, facts));
  errors.push(...pullPolicyErrors(container.imagePullPolicy, `${path}.imagePullPolicy`));
  errors.push(...requirementsErrors(container.resources, `${path}.resources`));
  errors.push(...resizeErrors(container, `${path}.resizePolicy`, facts));
  errors.push(...containerSecurityErrors(container.securityContext, `${path}.securityContext`));
  return errors;
}

function pullPolicyErrors(policy: string | undefined, field: string): readonly FieldError[] {
  if (policy === undefined || policy === "") return [required(field, "")];
  const supported = ["Always", "IfNotPresent", "Never"];
  return supported.includes(policy) ? [] : [notSupported(field, policy, supported)];
}

function portsErrors(ports: readonly ContainerPort[], path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  ports.forEach((port, index) => {
    const at = `${path}[${index}]`;
    const { name = "", containerPort = 0, hostPort = 0, protocol = "" } = port;
    if (name !== "") {
      const texts = portNameErrors(name);
      if (texts.length > 0) errors.push(...invalidEach(`${at}.name`, name, texts));
      else if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
      else names.add(name);
    }
    if (containerPort === 0) errors.push(required(`${at}.containerPort`, ""));
    else {
      const texts = portNumberErrors(containerPort);
      errors.push(...invalidEach(`${at}.containerPort`, containerPort, texts));
    }
    if (hostPort !== 0) {
      errors.push(...invalidEach(`${at}.hostPort`, hostPort, portNumberErrors(hostPort)));
    }
    errors.push(...protocolErrors(protocol, `${at}.protocol`));
  });
  return errors;
}

/** Protocol of a port. */
export function protocolErrors(protocol: string, field: string): readonly FieldError[] {
  if (protocol === "") return [required(field, "")];
  const supported = ["SCTP", "TCP", "UDP"];
  return supported.includes(protocol) ? [] : [notSupported(field, protocol, supported)];
}

function envErrors(env: readonly EnvVar[], path: string): readonly FieldError[] {
  return env.flatMap((variable, index) => {
    const at = `${path}[${index}]`;
    const { name, value = "", valueFrom } = variable;
    const named = !name
      ? [required(`${at}.name`, "")]
      : invalidEach(`${at}.name`, name, envNameErrors(name));
    if (valueFrom === undefined) return [...named];
    return [...named, ...envSourceErrors(valueFrom, value, `${at}.valueFrom`)];
  });
}

const ENV_FIELDS = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];
const RESOURCE_FIELDS = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];

function envSourceErrors(source: EnvVarSource, value: string, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  if (source.fieldRef !== undefined) {
    count++;
    errors.push(...fieldRefErrors(source.fieldRef, `${path}.fieldRef`, ENV_FIELDS));
  }
  if (source.resourceFieldRef !== undefined) {
    count++;
    const { resource } = source.resourceFieldRef;
    errors.push(...resourceFieldErrors(resource, `${path}.resourceFieldRef`));
  }
  for (const kind of ["configMapKeyRef", "secretKeyRef"] as const) {
    const selector = source[kind];
    if (selector === undefined) continue;
    count++;
    if (!selector.name) errors.push(required(`${path}.${kind}.name`, ""));
    if (!selector.key) errors.push(required(`${path}.${kind}.key`, ""));
    else {
      const texts = configKeyErrors(selector.key);
      errors.push(...invalidEach(`${path}.${kind}.key`, selector.key, texts));
    }
  }
  if (source.fileKeyRef !== undefined) count++;
  if (count === 0) {
    const why =
      "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
    errors.push(invalidValue(path, "", why));
  } else if (value !== "") {
    errors.push(invalidValue(path, "", "may not be specified when `value` is not empty"));
  } else if (count > 1) {
    errors.push(invalidValue(path, "", "may not have more than one field specified at a time"));
  }
  return errors;
}

const CONVERTIBLE = new Set([
  ...ENV_FIELDS,
  "metadata.annotations",
  "metadata.labels",
  "spec.restartPolicy",
  "spec.schedulerName",
  "status.phase",
  "spec.hostNetwork",
  "status.nominatedNodeName",
]);

/** A reference to a field of the pod, for environment variables and downward files. */
export function fieldRefErrors(
  ref: { readonly apiVersion?: string; readonly fieldPath?: string },
  path: string,
  allowed: readonly string[],
): readonly FieldError[] {
  if (!ref.apiVersion) return [required(`${path}.apiVersion`, "")];
  const { fieldPath } = ref;
  if (!fieldPath) return [required(`${path}.fieldPath`, "")];
  const subscript = /^(metadata\.(?:annotations|labels))\['(.*)'\]$/.exec(fieldPath);
  if (subscript !== null) {
    return allowed.includes("metadata.annotations") || allowed === ENV_FIELDS
      ? []
      : [invalidValue(`${path}.fieldPath`, fieldPath, "does not support subscript")];
  }
  if (!CONVERTIBLE.has(fieldPath)) {
    const why = `error converting fieldPath: field label not supported: ${fieldPath}`;
    return [invalidValue(`${path}.fieldPath`, fieldPath, why)];
  }
  if (allowed.includes(fieldPath)) return [];
  return [notSupported(`${path}.fieldPath`, fieldPath, [...allowed].sort())];
}

/** A reference to a container's resource. */
export function resourceFieldErrors(
  resource: string | undefined,
  path: string,
): readonly FieldError[] {
  if (!resource) return [required(`${path}.resource`, "")];
  const huge = /^(limits|requests)\.hugepages-/.test(resource);
  if (huge || RESOURCE_FIELDS.includes(resource)) return [];
  return [notSupported(`${path}.resource`, resource, RESOURCE_FIELDS)];
}

function envFromErrors(sources: readonly EnvFromSource[], path: string): readonly FieldError[] {
  return sources.flatMap((source, index) => {
    const at = `${path}[${index}]`;
    const errors: FieldError[] = [];
    const { prefix = "", configMapRef, secretRef } = source;
    if (prefix !== "") errors.push(...invalidEach(`${at}.prefix`, prefix, envNameErrors(prefix)));
    if (configMapRef !== undefined && !configMapRef.name) {
      errors.push(required(`${at}.configMapRef.name`, ""));
    }
    if (secretRef !== undefined && !secretRef.name) {
      errors.push(required(`${at}.secretRef.name`, ""));
    }
    if (configMapRef === undefined && secretRef === undefined) {
      errors.push(invalidValue(at, "", "must specify one of: `configMapRef` or `secretRef`"));
    } else if (configMapRef !== undefined && secretRef !== undefined) {
      errors.push(invalidValue(at, "", "may not have more than one field specified at a time"));
    }
    return errors;
  });
}

function mountErrors(container: Container, path: string, facts: PodFacts): readonly FieldError[] {
  const errors: FieldError[] = [];
  const places = new Set<string>();
  (container.volumeMounts ?? []).forEach((mount, index) => {
    const at = `${path}[${index}]`;
    if (!mount.name) errors.push(required(`${at}.name`, ""));
    if (!facts.volumes.has(mount.name)) errors.push(notFoundValue(`${at}.name`, mount.name));
    if (!mount.mountPath) errors.push(required(`${at}.mountPath`, ""));
    if (places.has(mount.mountPath)) {
      errors.push(invalidValue(`${at}.mountPath`, mount.mountPath, "must be unique"));
    }
    places.add(mount.mountPath);
    for (const device of container.volumeDevices ?? []) {
      if (device.name !== mount.name) continue;
      const why = "must not already exist in volumeDevices";
      errors.push(invalidValue(`${at}.name`, mount.name, why));
    }
    errors.push(...subPathErrors(mount, at));
  });
  return errors;
}

function subPathErrors(mount: VolumeMount, at: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { subPath = "", subPathExpr = "", mountPropagation } = mount;
  if (subPath !== "") errors.push(...descendingPathErrors(subPath, `${at}.subPath`));
  if (subPathExpr !== "") {
    if (subPath !== "") {
      const why = "subPathExpr and subPath are mutually exclusive";
      errors.push(invalidValue(`${at}.subPathExpr`, subPathExpr, why));
    }
    errors.push(...descendingPathErrors(subPathExpr, `${at}.subPathExpr`));
  }
  if (mountPropagation !== undefined) {
    const supported = ["Bidirectional", "HostToContainer", "None"];
    if (!supported.includes(mountPropagation)) {
      errors.push(notSupported(`${at}.mountPropagation`, mountPropagation, supported));
    }
  }
  return errors;
}

/** A path that stays below where it starts. */
export function descendingPathErrors(path: string, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (path.startsWith("/")) errors.push(invalidValue(field, path, "must be a relative path"));
  if (path.split("/").includes("..")) {
    errors.push(invalidValue(field, path, "must not contain '..'"));
  }
  return errors;
}

function deviceErrors(container: Container, path: string, facts: PodFacts): readonly FieldError[] {
  const errors: FieldError[] = [];
  const places = new Set<string>();
  const names = new Set<string>();
  (container.volumeDevices ?? []).forEach(({ name, devicePath }, index) => {
    const at = `${path}[${index}]`;
    const source = facts.volumes.get(name);
    if (!name) errors.push(required(`${at}.name`, ""));
    if (names.has(name)) errors.push(invalidValue(`${at}.name`, name, "must be unique"));
    names.add(name);
    if (source !== undefined && source !== "persistentVolumeClaim" && source !== "ephemeral") {
      const why =
        "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
      errors.push(invalidValue(`${at}.name`, name, why));
    }
    if (source === undefined) errors.push(notFoundValue(`${at}.name`, name));
    if (!devicePath) errors.push(required(`${at}.devicePath`, ""));
    if (places.has(devicePath)) {
      errors.push(invalidValue(`${at}.devicePath`, devicePath, "must be unique"));
    }
    places.add(devicePath);
  });
  return errors;
}

function resizeErrors(container: Container, path: string, facts: PodFacts): readonly FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  (container.resizePolicy ?? []).forEach((policy, index) => {
    const { resourceName, restartPolicy } = policy;
    const at = `${path}[${index}]`;
    if (seen.has(resourceName)) errors.push(duplicate(at, resourceName));
    seen.add(resourceName);
    if (!resourceName) errors.push(required(at, ""));
    else if (resourceName !== "cpu" && resourceName !== "memory") {
      errors.push(notSupported(at, resourceName, ["cpu", "memory"]));
    }
    const policies = ["NotRequired", "RestartContainer"];
    if (!restartPolicy) errors.push(required(at, ""));
    else if (!policies.includes(restartPolicy)) {
      errors.push(notSupported(at, restartPolicy, policies));
    }
    if (facts.restartPolicy === "Never" && restartPolicy === "RestartContainer") {
      errors.push(
        invalidValue(at, restartPolicy, "must be 'NotRequired' when `restartPolicy` is 'Never'"),
      );
    }
  });
  return errors;
}

/** Probes and lifecycle of containers that have them. */
export function runtimeErrors(
  container: Container,
  path: string,
  facts: PodFacts,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { lifecycle } = container;
  for (const hook of ["postStart", "preStop"] as const) {
    const handler = lifecycle?.[hook];
    if (handler === undefined) continue;
    const at = `${path}.lifecycle.${hook}`;
    errors.push(...handlerErrors(handler, at, facts.gracePeriod));
  }
  errors.push(...probeErrors(container.livenessProbe, `${path}.livenessProbe`, true));
  errors.push(...probeErrors(container.readinessProbe, `${path}.readinessProbe`, false));
  const ready = container.readinessProbe?.terminationGracePeriodSeconds;
  if (ready !== undefined) {
    const field = `${path}.readinessProbe.terminationGracePeriodSeconds`;
    errors.push(invalidValue(field, ready, "must not be set for readinessProbes"));
  }
  errors.push(...probeErrors(container.startupProbe, `${path}.startupProbe`, true));
  return errors;
}

function probeErrors(probe: Probe | undefined, path: string, once: boolean): readonly FieldError[] {
  if (probe === undefined) return [];
  const errors = [...handlerErrors(probe, path, undefined)];
  const counts = [
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
  ] as const;
  for (const name of counts) {
    const value = probe[name] ?? 0;
    if (value < 0) errors.push(invalidValue(`${path}.${name}`, value, NOT_NEGATIVE));
  }
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0) {
    const field = `${path}.terminationGracePeriodSeconds`;
    errors.push(invalidValue(field, grace, "must be greater than 0"));
  }
  if (once && probe.successThreshold !== undefined && probe.successThreshold !== 1) {
    errors.push(invalidValue(`${path}.successThreshold`, probe.successThreshold, "must be 1"));
  }
  return errors;
}

/** The one action of a probe or hook. `gracePeriod` bounds a sleep. */
function handlerErrors(
  handler: LifecycleHandler & Pick<Probe, "grpc">,
  path: string,
  gracePeriod: number | undefined,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  const first = (name: string, check: () => readonly FieldError[]) => {
    if (count > 0) {
      errors.push(forbiddenField(`${path}.${name}`, "may not specify more than 1 handler type"));
      return;
    }
    count++;
    errors.push(...check());
  };
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  if (exec !== undefined) {
    first("exec", () =>
      (exec.command ?? []).length === 0 ? [required(`${path}.exec.command`, "")] : [],
    );
  }
  if (httpGet !== undefined) first("httpGet", () => httpErrors(httpGet, `${path}.httpGet`));
  if (tcpSocket !== undefined) {
    first("tcpSocket", () => targetPortErrors(tcpSocket.port, `${path}.tcpSocket.port`));
  }
  if (grpc !== undefined) {
    const field = `${path}.grpc.port`;
    first("grpc", () => invalidEach(field, grpc.port, portNumberErrors(grpc.port)));
  }
  if (sleep !== undefined) {
    first("sleep", () => {
      const limit = gracePeriod ?? 30;
      if (sleep.seconds >= 0 && sleep.seconds <= limit) return [];
      const why = `must be non-negative and less than terminationGracePeriodSeconds (${limit})`;
      return [invalidValue(`${path}.sleep`, sleep.seconds, why)];
    });
  }
  if (count === 0) errors.push(required(path, "must specify a handler type"));
  return errors;
}

function httpErrors(
  get: NonNullable<LifecycleHandler["httpGet"]>,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (!get.path) errors.push(required(`${path}.path`, ""));
  errors.push(...targetPortErrors(get.port, `${path}.port`));
  const schemes = ["HTTP", "HTTPS"];
  if (get.scheme !== undefined && !schemes.includes(get.scheme)) {
    errors.push(notSupported(`${path}.scheme`, get.scheme, schemes));
  }
  for (const header of get.httpHeaders ?? []) {
    if (/^[-A-Za-z0-9]+$/.test(header.name)) continue;
    const why =
      "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
    errors.push(invalidValue(`${path}.httpHeaders`, header.name, why));
  }
  return errors;
}

/** A port by number or name (core `ValidatePortNumOrName`). */
export function targetPortErrors(
  port: number | string | undefined,
  field: string,
): readonly FieldError[] {
  if (typeof port === "number") return invalidEach(field, port, portNumberErrors(port));
  const name = port ?? "";
  return invalidEach(field, name, portNameErrors(name));
}

/** Names of secrets that images are pulled with. */
export function secretNameErrors(name: string, field: string): readonly FieldError[] {
  return invalidEach(field, name, dnsSubdomainErrors(name));
}
