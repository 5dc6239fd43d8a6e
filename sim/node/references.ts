import type { Store } from "../api/store.ts";
import type { Container, Pod } from "../api/types.gen.ts";

type Referenced = "ConfigMap" | "Secret" | "PersistentVolumeClaim";

/** Looks up what pods refer to: configuration and claims that must be there before a container can start. */
export class References {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Why a volume of the pod cannot be mounted, as the kubelet's FailedMount says it; `undefined` when all can. */
  mountError(pod: Pod): string | undefined {
    for (const volume of pod.spec?.volumes ?? []) {
      const { name, configMap, secret, persistentVolumeClaim } = volume;
      if (configMap?.name !== undefined && configMap.optional !== true) {
        if (!this.#has("ConfigMap", pod, configMap.name))
          return setUpFailed(name, `configmap "${configMap.name}" not found`);
      }
      if (secret?.secretName !== undefined && secret.optional !== true) {
        if (!this.#has("Secret", pod, secret.secretName))
          return setUpFailed(name, `secret "${secret.secretName}" not found`);
      }
      const claim = persistentVolumeClaim?.claimName;
      if (claim !== undefined && !this.#has("PersistentVolumeClaim", pod, claim))
        return `Unable to attach or mount volumes: unmounted volumes=[${name}], unattached volumes=[], failed to process volumes=[${name}]: error processing PVC ${pod.metadata.namespace}/${claim}: failed to fetch PVC from API server: persistentvolumeclaims "${claim}" not found`;
    }
    return undefined;
  }

  /** Why a container's environment cannot be made (CreateContainerConfigError); `undefined` when it can. */
  configError(pod: Pod, container: Container): string | undefined {
    for (const { configMapRef, secretRef } of container.envFrom ?? []) {
      const missing =
        this.#missing("ConfigMap", pod, configMapRef) ?? this.#missing("Secret", pod, secretRef);
      if (missing !== undefined) return missing;
    }
    for (const { valueFrom } of container.env ?? []) {
      const missing =
        this.#missing("ConfigMap", pod, valueFrom?.configMapKeyRef) ??
        this.#missing("Secret", pod, valueFrom?.secretKeyRef);
      if (missing !== undefined) return missing;
    }
    return undefined;
  }

  #missing(
    kind: Referenced,
    pod: Pod,
    reference:
      | { readonly name?: string; readonly key?: string; readonly optional?: boolean }
      | undefined,
  ): string | undefined {
    if (reference?.name === undefined || reference.optional === true) return undefined;
    const key = `${pod.metadata.namespace}/${reference.name}`;
    const object = this.#store.get(kind, key) as { data?: Record<string, string> } | undefined;
    if (object === undefined) return `${kind.toLowerCase()} "${reference.name}" not found`;
    if (reference.key === undefined || object.data?.[reference.key] !== undefined) return undefined;
    return `couldn't find key ${reference.key} in ${kind} ${key}`;
  }

  #has(kind: Referenced, pod: Pod, name: string): boolean {
    return this.#store.get(kind, `${pod.metadata.namespace}/${name}`) !== undefined;
  }
}

function setUpFailed(volume: string, why: string): string {
  return `MountVolume.SetUp failed for volume "${volume}" : ${why}`;
}
