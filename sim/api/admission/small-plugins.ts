import { forbidden, notFound } from "../api-error.ts";
import { DEFAULT_STORAGE_CLASS, newestDefault } from "../meta/default-class.ts";
import { withFinalizer } from "../meta/finalizers.ts";
import type { Ingress, Namespace, Node, PersistentVolumeClaim } from "../types.gen.ts";
import type { AdmissionPlugin } from "./plugin.ts";

const IMMORTAL = new Set(["default", "kube-system", "kube-public"]);
const NAMESPACES = { group: "", plural: "namespaces" };

/** Refuses objects in namespaces that are missing or going away. */
export const namespaceLifecycle: AdmissionPlugin = {
  name: "NamespaceLifecycle",
  validate(request, reader) {
    const { descriptor, operation, namespace, name } = request;
    if (descriptor.kind === "Namespace" && descriptor.group === "") {
      if (operation === "DELETE" && IMMORTAL.has(name)) {
        throw forbidden(descriptor, name, "this namespace may not be deleted");
      }
      return;
    }
    if (namespace === undefined || namespace === "" || operation === "DELETE") return;
    const found = reader.get("Namespace", namespace) as Namespace | undefined;
    if (found === undefined) throw notFound(NAMESPACES, namespace);
    if (operation !== "CREATE" || found.status?.phase !== "Terminating") return;
    const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
    const cause = {
      reason: "NamespaceTerminating",
      message: `namespace ${namespace} is being terminated`,
      field: "metadata.namespace",
    };
    throw forbidden(descriptor, name, why, [cause]);
  },
};

const IN_USE_FINALIZERS: Readonly<Record<string, string>> = {
  PersistentVolumeClaim: "kubernetes.io/pvc-protection",
  PersistentVolume: "kubernetes.io/pv-protection",
  VolumeAttributesClass: "kubernetes.io/vac-protection",
};

/** Keeps volumes, claims and attribute classes from being deleted while they are used. */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: "StorageObjectInUseProtection",
  kinds: Object.keys(IN_USE_FINALIZERS),
  mutate({ descriptor, operation, subresource, object }) {
    const finalizer = IN_USE_FINALIZERS[descriptor.kind];
    if (operation !== "CREATE" || subresource || finalizer === undefined) return object;
    return withFinalizer(object, finalizer);
  },
};

const NOT_READY_TAINT = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };

/** A new node takes no pods until its conditions have been looked at. */
export const taintNodesByCondition: AdmissionPlugin = {
  name: "TaintNodesByCondition",
  kinds: ["Node"],
  mutate({ descriptor, operation, subresource, object }) {
    if (descriptor.kind !== "Node" || operation !== "CREATE" || subresource) return object;
    const node = object as Node;
    const taints = node.spec?.taints ?? [];
    const present = taints.some(
      ({ key, effect }) => key === NOT_READY_TAINT.key && effect === NOT_READY_TAINT.effect,
    );
    if (present) return object;
    return { ...node, spec: { ...node.spec, taints: [...taints, NOT_READY_TAINT] } };
  },
};

/** Gives claims without a class the cluster's default one. */
export const defaultStorageClass: AdmissionPlugin = {
  name: "DefaultStorageClass",
  kinds: ["PersistentVolumeClaim"],
  mutate({ descriptor, operation, subresource, object }, reader) {
    if (descriptor.kind !== "PersistentVolumeClaim" || operation !== "CREATE" || subresource) {
      return object;
    }
    const claim = object as PersistentVolumeClaim;
    const old = claim.metadata.annotations?.["volume.beta.kubernetes.io/storage-class"];
    if (claim.spec?.storageClassName !== undefined || old !== undefined) return object;
    const found = newestDefault(reader.list("StorageClass"), DEFAULT_STORAGE_CLASS);
    if (found === undefined) return object;
    return { ...claim, spec: { ...claim.spec, storageClassName: found.metadata.name } };
  },
};

/** Gives ingresses without a class the cluster's default one. */
export const defaultIngressClass: AdmissionPlugin = {
  name: "DefaultIngressClass",
  kinds: ["Ingress"],
  mutate({ descriptor, operation, subresource, object }, reader) {
    if (descriptor.kind !== "Ingress" || operation !== "CREATE" || subresource) return object;
    const ingress = object as Ingress;
    const old = ingress.metadata.annotations?.["kubernetes.io/ingress.class"];
    if (ingress.spec?.ingressClassName !== undefined || old !== undefined) return object;
    const found = newestDefault(reader.list("IngressClass"), [
      "ingressclass.kubernetes.io/is-default-class",
    ]);
    if (found === undefined) return object;
    return { ...ingress, spec: { ...ingress.spec, ingressClassName: found.metadata.name } };
  },
};
