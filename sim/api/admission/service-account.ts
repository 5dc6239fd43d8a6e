import { forbidden } from "../api-error.ts";
import { makeKey, withFields } from "../object.ts";
import type { Container, Pod, PodSpec, ServiceAccount, Volume, VolumeMount } from "../types.gen.ts";
import { ephemeralSecretsRefusal, mirrorRefusal, secretsRefusal } from "./mountable-secrets.ts";
import type { AdmissionPlugin, AdmissionReader, AdmissionRequest } from "./plugin.ts";

/** Where a pod finds its token. */
const TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
/** An hour and seven seconds: kubelets renew at 80 % of it. */
const TOKEN_SECONDS = 3607;

/** Gives pods a service account, its pull secrets and a mounted token. */
export const serviceAccount: AdmissionPlugin = {
  name: "ServiceAccount",
  kinds: ["Pod"],
  mutate(request, reader) {
    if (!isPodCreate(request)) return request.object;
    const pod = request.object as Pod;
    const spec = pod.spec;
    if (spec === undefined) return pod;
    if (isMirror(pod)) {
      refuseFor(request, mirrorRefusal(pod));
      return pod;
    }
    return { ...pod, spec: withAccount(spec, accountOf(request, spec, reader)) };
  },
  validate(request, reader) {
    const { object, descriptor, operation, subresource } = request;
    if (descriptor.kind !== "Pod" || descriptor.group !== "" || object === undefined) return;
    const pod = object as Pod;
    if (operation === "UPDATE" && subresource === "ephemeralcontainers") {
      refuseFor(request, ephemeralSecretsRefusal(pod, accountOf(request, pod.spec, reader)));
    } else if (isPodCreate(request) && !isMirror(pod)) {
      refuseFor(request, secretsRefusal(pod, accountOf(request, pod.spec, reader)));
    }
  },
};

/** The copy of a pod that a node runs by itself. */
function isMirror({ metadata }: Pod): boolean {
  return metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined;
}

function accountOf(
  request: AdmissionRequest,
  spec: PodSpec,
  reader: AdmissionReader,
): ServiceAccount {
  const name = spec.serviceAccountName || "default";
  const namespace = request.namespace ?? "";
  const account = reader.get("ServiceAccount", makeKey(namespace, name));
  if (account !== undefined) return account as ServiceAccount;
  const why = `error looking up service account ${namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`;
  throw forbidden(request.descriptor, request.name, why);
}

function refuseFor(request: AdmissionRequest, why: string | undefined): void {
  if (why !== undefined) throw forbidden(request.descriptor, request.name, why);
}

/** Whether a request creates a pod through its own door. */
export function isPodCreate(request: AdmissionRequest): boolean {
  return (
    request.operation === "CREATE" &&
    request.descriptor.kind === "Pod" &&
    request.descriptor.group === "" &&
    request.subresource === undefined
  );
}

/** Whether a request changes a pod's resources through the door made for it. */
export function isPodResize(request: AdmissionRequest): boolean {
  return (
    request.operation === "UPDATE" &&
    request.descriptor.kind === "Pod" &&
    request.descriptor.group === "" &&
    request.subresource === "resize"
  );
}

/** Pods of one template share their spec: the same account and spec give the same result. */
const known = new WeakMap<PodSpec, { readonly account: ServiceAccount; readonly spec: PodSpec }>();

function withAccount(spec: PodSpec, account: ServiceAccount): PodSpec {
  const before = known.get(spec);
  if (before?.account === account) return before.spec;
  const { name } = account.metadata;
  let next: PodSpec = withFields(spec, { serviceAccountName: name, serviceAccount: name });
  const pullSecrets = account.imagePullSecrets ?? [];
  if ((spec.imagePullSecrets?.length ?? 0) === 0 && pullSecrets.length > 0) {
    next = { ...next, imagePullSecrets: pullSecrets };
  }
  const mounts = spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
  if (mounts) next = withToken(next, account);
  known.set(spec, { account, spec: next });
  return next;
}

function withToken(spec: PodSpec, account: ServiceAccount): PodSpec {
  const volumes = spec.volumes ?? [];
  const present = volumes.find((volume) => volume.name.startsWith("kube-api-access-"));
  const name = present?.name ?? `kube-api-access-${suffixOf(account)}`;
  const mount: VolumeMount = { name, readOnly: true, mountPath: TOKEN_PATH };
  let used = false;
  const mounted = (container: Container): Container => {
    const mounts = container.volumeMounts ?? [];
    if (mounts.some((one) => one.mountPath === TOKEN_PATH)) return container;
    used = true;
    return withFields(container, { volumeMounts: [...mounts, mount] });
  };
  const containers = spec.containers.map(mounted);
  const initContainers = spec.initContainers?.map(mounted);
  if (!used) return spec;
  return withFields(spec, {
    containers,
    ...(initContainers === undefined ? {} : { initContainers }),
    volumes: present === undefined ? [...volumes, tokenVolume(name)] : volumes,
  });
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      defaultMode: 420,
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: "token" } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
        {
          downwardAPI: {
            items: [
              {
                path: "namespace",
                fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" },
              },
            ],
          },
        },
      ],
    },
  };
}

/** Kubernetes' alphabet for generated names: no vowels, no look-alikes. */
const SAFE = "bcdfghjklmnpqrstvwxz2456789";

/** Five letters by account rather than at random, so that pods of one template keep sharing one spec. */
function suffixOf(account: ServiceAccount): string {
  const { namespace = "", name, uid = "" } = account.metadata;
  let hash = 2_166_136_261;
  for (const character of `${namespace}/${name}/${uid}`) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16_777_619) >>> 0;
  }
  let suffix = "";
  for (let count = 0; count < 5; count++) {
    suffix += SAFE[hash % SAFE.length] ?? "";
    hash = Math.floor(hash / SAFE.length);
  }
  return suffix;
}
