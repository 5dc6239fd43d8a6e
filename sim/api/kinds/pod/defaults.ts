import type {
  Container,
  ContainerPort,
  LifecycleHandler,
  Pod,
  PodSpec,
  PodTemplateSpec,
  Probe,
  ResourceRequirements,
} from "../../types.gen.ts";
import { fill, refine, refineEach, remembered } from "../fill.ts";
import { pullPolicyOf } from "./image.ts";
import { podLevelResources, roundRequirements, roundResources } from "./resources.ts";
import { defaultVolume } from "./volume-defaults.ts";

/*
 * Defaults of pods and pod templates: k8s.io/kubernetes/pkg/apis/core/v1 `SetDefaults_*`.
 * Pods get more than templates (requests from limits, service links), as upstream has it.
 */

/** A pod with its defaults. */
export function defaultPod(pod: Pod): Pod {
  return pod.spec === undefined ? pod : refine(pod, "spec", defaultPodOwnSpec);
}

/** A template with its defaults. */
export function defaultPodTemplate(template: PodTemplateSpec): PodTemplateSpec {
  return fill(refine(template, "spec", defaultTemplateSpec), { spec: {} as PodSpec });
}

/** Defaults that templates have too. */
const defaultTemplateSpec = remembered((spec: PodSpec): PodSpec => {
  const named = fill(
    fill(spec, spec.serviceAccountName ? { serviceAccount: spec.serviceAccountName } : {}),
    spec.serviceAccount ? { serviceAccountName: spec.serviceAccount } : {},
  );
  let next: PodSpec = fill(named, {
    dnsPolicy: "ClusterFirst",
    restartPolicy: "Always",
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    schedulerName: "default-scheduler",
  });
  next = refine(next, "containers", (list) => refineEach(list, defaultContainer));
  next = refine(next, "initContainers", (list) => refineEach(list, defaultContainer));
  next = refine(next, "ephemeralContainers", (list) => refineEach(list, defaultContainer));
  next = refine(next, "volumes", (list) => refineEach(list, defaultVolume));
  next = refine(next, "overhead", roundResources);
  return refine(next, "resources", roundRequirements);
});

/** Defaults of a pod's own spec. */
const defaultPodOwnSpec = remembered((spec: PodSpec): PodSpec => {
  const own = (container: Container): Container => {
    const next = refine(container, "resources", requestsFromLimits);
    return spec.hostNetwork === true ? withHostPorts(next) : next;
  };
  const each = (list: readonly Container[]) => refineEach(list, own);
  let next = defaultTemplateSpec(spec);
  next = refine(refine(next, "containers", each), "initContainers", each);
  next = podLevelResources(next);
  return fill(next, { enableServiceLinks: true });
});

function defaultContainer<T extends Container>(container: T): T {
  const { image = "" } = container;
  let next = fill<Container>(container, {
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    imagePullPolicy: pullPolicyOf(image),
  });
  next = refine(next, "ports", (ports) =>
    refineEach(ports, (port) => fill(port, { protocol: "TCP" })),
  );
  next = refine(next, "env", (env) => refineEach(env, defaultEnv));
  next = refine(next, "livenessProbe", defaultProbe);
  next = refine(next, "readinessProbe", defaultProbe);
  next = refine(next, "startupProbe", defaultProbe);
  next = refine(withoutStopSignal(next), "lifecycle", (lifecycle) =>
    refine(refine(lifecycle, "postStart", defaultHandler), "preStop", defaultHandler),
  );
  return refine(next, "resources", roundRequirements) as T;
}

/** `stopSignal` is dropped: its feature (ContainerStopSignals) is off in v1.36. */
function withoutStopSignal(container: Container): Container {
  if (container.lifecycle?.stopSignal === undefined) return container;
  const { lifecycle, ...rest } = container;
  const { stopSignal: _, ...handlers } = lifecycle;
  return Object.keys(handlers).length === 0 ? rest : { ...container, lifecycle: handlers };
}

/** On the node's own network a container's port is the node's. Templates are left alone. */
function withHostPorts(container: Container): Container {
  const hostPort = (port: ContainerPort): ContainerPort =>
    port.hostPort ? port : { ...port, hostPort: port.containerPort };
  return refine(container, "ports", (ports) => refineEach(ports, hostPort));
}

function defaultEnv<
  T extends { readonly valueFrom?: { readonly fieldRef?: { readonly apiVersion?: string } } },
>(variable: T): T {
  return refine(variable, "valueFrom", (source) =>
    refine(source, "fieldRef", (field) => fill(field, { apiVersion: "v1" })),
  );
}

function defaultProbe(probe: Probe): Probe {
  const next = fill(probe, {
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  });
  return refine(defaultHandler(next), "grpc", (grpc) =>
    grpc.service === undefined ? { ...grpc, service: "" } : grpc,
  );
}

function defaultHandler<T extends LifecycleHandler>(handler: T): T {
  return refine(handler as LifecycleHandler, "httpGet", (get) =>
    fill(get, { path: "/", scheme: "HTTP" }),
  ) as T;
}

function requestsFromLimits(resources: ResourceRequirements): ResourceRequirements {
  const { limits } = resources;
  if (limits === undefined) return resources;
  const requests = fill<Record<string, string>>(resources.requests ?? {}, limits);
  return requests === resources.requests ? resources : { ...resources, requests };
}
