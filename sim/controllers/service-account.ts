import { isApiError } from "../api/api-error.ts";
import type { Client, ObjectOf } from "../api/client.ts";
import type { KindName } from "../api/kinds/kind-map.ts";
import { deepEqual } from "../api/meta/equal.ts";
import { type Key, type KubeObject, type Manifest, makeKey } from "../api/object.ts";
import type { ConfigMap, ServiceAccount } from "../api/types.gen.ts";
import type { Controller } from "./runtime/controller.ts";

const ACCOUNT = "default";
const BUNDLE = "kube-root-ca.crt";
/** Stands for the cluster's root certificate: nothing here checks signatures. */
export const CERTIFICATE =
  "-----BEGIN CERTIFICATE-----\na3NpbTogYSBzaW11bGF0ZWQgS3ViZXJuZXRlcyBjbHVzdGVyIGhhcyBubyBrZXlz\n-----END CERTIFICATE-----\n";

const DESCRIPTION = "kubernetes.io/description";
const PURPOSE =
  "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";

/** Gives every namespace its ServiceAccount `default`. */
export function serviceAccounts(): Controller {
  return perNamespace(
    "serviceaccount-controller",
    "ServiceAccount",
    ACCOUNT,
    (client, namespace) => {
      if (client.get("ServiceAccount", makeKey(namespace, ACCOUNT)) !== undefined) return;
      const account: Manifest<ServiceAccount> = {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: ACCOUNT, namespace },
      };
      createOnce(client, "ServiceAccount", account);
    },
  );
}

/** Gives every namespace the ConfigMap `kube-root-ca.crt` with the cluster's certificate, and keeps it so. */
export function rootCaPublisher(): Controller {
  return perNamespace(
    "root-ca-certificate-publisher-controller",
    "ConfigMap",
    BUNDLE,
    (client, namespace) => {
      const data = { "ca.crt": CERTIFICATE };
      const bundle = client.get("ConfigMap", makeKey(namespace, BUNDLE));
      if (bundle !== undefined) {
        const { annotations } = bundle.metadata;
        if (deepEqual(bundle.data, data) && annotations?.[DESCRIPTION]) return;
        const described = { ...annotations, [DESCRIPTION]: PURPOSE };
        const metadata = { ...bundle.metadata, annotations: described };
        client.update("ConfigMap", { ...bundle, metadata, data });
        return;
      }
      const manifest: Manifest<ConfigMap> = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: {
          name: BUNDLE,
          namespace,
          annotations: { [DESCRIPTION]: PURPOSE },
        },
        data,
      };
      createOnce(client, "ConfigMap", manifest);
    },
  );
}

/** A controller that keeps one object of a fixed name in every namespace that is not being deleted. */
function perNamespace(
  name: string,
  kind: "ServiceAccount" | "ConfigMap",
  object: string,
  ensure: (client: Client, namespace: string) => void,
): Controller {
  return {
    name,
    for: "Namespace",
    concerns: (after, before) => after !== undefined && before === undefined,
    watches: [{ kind, keys: (after, before) => namespaceOf(after, before, object) }],
    reconcile(key, { client }) {
      const namespace = client.get("Namespace", key);
      if (namespace?.metadata.deletionTimestamp === undefined && namespace !== undefined)
        ensure(client, key);
    },
  };
}

/** The namespace of the object of that name, when it changed or went. */
function namespaceOf(
  after: KubeObject | undefined,
  before: KubeObject | undefined,
  name: string,
): Key[] {
  const metadata = (after ?? before)?.metadata;
  if (before === undefined || metadata?.name !== name || metadata.namespace === undefined)
    return [];
  return [metadata.namespace];
}

/** Creates what another may have created meanwhile; a namespace that is going away needs nothing any more. */
function createOnce<K extends KindName>(
  client: Client,
  kind: K,
  manifest: Manifest<ObjectOf<K>>,
): void {
  try {
    client.create(kind, manifest);
  } catch (error) {
    const ending = isApiError(error, "Forbidden") || isApiError(error, "NotFound");
    if (!isApiError(error, "AlreadyExists") && !ending) throw error;
  }
}
