import type { Container, ContainerPort, VolumeMount } from "../types.gen.ts";
import { envErrors, envFromErrors } from "./env.ts";
import {
  duplicate,
  type FieldError,
  invalidValue,
  notFoundValue,
  notSupported,
  required,
} from "./field-error.ts";
import { invalidEach } from "./meta.ts";
import { dnsLabelErrors, portNameErrors, portNumberErrors } from "./names.ts";
import { protocolErrors } from "./ports.ts";
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
