import type { Container, ContainerPort, VolumeMount } from "../../types.gen.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notFoundValue,
  notSupported,
  required,
} from "../field-error.ts";
import { invalidEach } from "../meta.ts";
import { dnsLabelErrors, portNameErrors, portNumberErrors } from "../names.ts";
import { backstepErrors, descendingPathErrors } from "../paths.ts";
import { protocolErrors } from "../ports.ts";
import { requirementsErrors } from "../resources.ts";
import { envErrors, envFromErrors } from "./env.ts";
import { claimNameErrors } from "./pod-claims.ts";
import { containerSecurityErrors } from "./security.ts";

/** Images of pods have no blanks around them; in templates they may. */
export function imageErrors(
  containers: readonly Container[] = [],
  path: string,
): readonly FieldError[] {
  return containers.flatMap(({ image = "" }, index) =>
    image === image.trim()
      ? []
      : [
          invalidValue(
            `${path}[${index}].image`,
            image,
            "must not have leading or trailing whitespace",
          ),
        ],
  );
}

/** What a container's checks need to know of its pod. */
export interface PodFacts {
  /** Names of the pod's volumes, with their sources' names. */
  readonly volumes: ReadonlyMap<string, string>;
  /** Whether the pod uses the node's users. */
  readonly hostUsers: boolean;
  /** Names of the pod's resource claims. */
  readonly claims: ReadonlySet<string>;
  readonly restartPolicy: string;
  readonly gracePeriod: number | undefined;
  /** The operating system it is declared for. */
  readonly system: string | undefined;
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
  const policies = ["File", "FallbackToLogsOnError"];
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
  errors.push(
    ...requirementsErrors(container.resources, `${path}.resources`),
    ...claimNameErrors(container.resources, `${path}.resources.claims`, facts.claims),
  );
  errors.push(...resizeErrors(container, `${path}.resizePolicy`, facts));
  errors.push(
    ...containerSecurityErrors(
      container.securityContext,
      `${path}.securityContext`,
      facts.hostUsers,
    ),
  );
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
    if (container.volumeDevices?.some(({ devicePath }) => devicePath === mount.mountPath)) {
      const why = "must not already exist as a path in volumeDevices";
      errors.push(invalidValue(`${at}.mountPath`, mount.mountPath, why));
    }
    errors.push(...subPathErrors(mount, at, path));
    errors.push(...propagationErrors(mount, container, path));
    errors.push(...recursiveErrors(mount, `${path}.recursiveReadOnly`));
  });
  return errors;
}

/** Upstream names the list, not the mount, in what it says about paths, propagation and recursion. */
function subPathErrors(mount: VolumeMount, at: string, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { subPath = "", subPathExpr = "" } = mount;
  if (subPath !== "") errors.push(...descendingPathErrors(subPath, `${path}.subPath`));
  if (subPathExpr !== "") {
    if (subPath !== "") {
      const why = "subPathExpr and subPath are mutually exclusive";
      errors.push(invalidValue(`${at}.subPathExpr`, subPathExpr, why));
    }
    errors.push(...descendingPathErrors(subPathExpr, `${path}.subPathExpr`));
  }
  return errors;
}

function propagationErrors(
  { mountPropagation }: VolumeMount,
  container: Container,
  path: string,
): readonly FieldError[] {
  if (mountPropagation === undefined) return [];
  const field = `${path}.mountPropagation`;
  const supported = ["Bidirectional", "HostToContainer", "None"];
  if (!supported.includes(mountPropagation)) {
    return [notSupported(field, mountPropagation, supported)];
  }
  if (mountPropagation !== "Bidirectional" || container.securityContext?.privileged === true) {
    return [];
  }
  const why = "Bidirectional mount propagation is available only to privileged containers";
  return [forbiddenField(field, why)];
}

function recursiveErrors(mount: VolumeMount, field: string): readonly FieldError[] {
  const { recursiveReadOnly: mode, readOnly, mountPropagation = "None" } = mount;
  if (mode === undefined || mode === "Disabled") return [];
  const modes = ["Disabled", "Enabled", "IfPossible"];
  if (!modes.includes(mode)) return [notSupported(field, mode, modes)];
  const errors: FieldError[] = [];
  if (readOnly !== true) {
    errors.push(forbiddenField(field, "may only be specified when readOnly is true"));
  }
  if (mountPropagation !== "None") {
    const why = "may only be specified when mountPropagation is None or not specified";
    errors.push(forbiddenField(field, why));
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
    if (name) names.add(name);
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
    if (backstepErrors(devicePath ?? "", at).length > 0) {
      const why = "can not contain backsteps ('..')";
      errors.push(invalidValue(`${at}.devicePath`, devicePath, why));
    } else places.add(devicePath);
    const mounts = container.volumeMounts ?? [];
    if (mounts.some((mount) => mount.name === name)) {
      errors.push(invalidValue(`${at}.name`, name, "must not already exist in volumeMounts"));
    }
    if (mounts.some(({ mountPath }) => mountPath === devicePath)) {
      const why = "must not already exist as a path in volumeMounts";
      errors.push(invalidValue(`${at}.devicePath`, devicePath, why));
    }
  });
  return errors;
}

function resizeErrors(container: Container, path: string, facts: PodFacts): readonly FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  (container.resizePolicy ?? []).forEach((policy, index) => {
    const { resourceName, restartPolicy } = policy;
    if (seen.has(resourceName)) errors.push(duplicate(`${path}[${index}]`, resourceName));
    seen.add(resourceName);
    if (!resourceName) errors.push(required(path, ""));
    else if (resourceName !== "cpu" && resourceName !== "memory") {
      errors.push(notSupported(path, resourceName, ["cpu", "memory"]));
    }
    const policies = ["NotRequired", "RestartContainer"];
    if (!restartPolicy) errors.push(required(path, ""));
    else if (!policies.includes(restartPolicy)) {
      errors.push(notSupported(path, restartPolicy, policies));
    }
    if (facts.restartPolicy === "Never" && restartPolicy !== "NotRequired") {
      errors.push(
        invalidValue(path, restartPolicy, "must be 'NotRequired' when `restartPolicy` is 'Never'"),
      );
    }
  });
  return errors;
}
