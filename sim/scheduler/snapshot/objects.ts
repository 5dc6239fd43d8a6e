import type {
  ELASTIC_QUOTA,
  ElasticQuotaObject,
  POD_GROUP,
  PodGroup,
  SIG_POD_GROUP,
  SigPodGroup,
} from "../../api/kinds/scheduling-groups.ts";
import { deepEqual } from "../../api/meta/equal.ts";
import { type Key, keyOf } from "../../api/object.ts";
import type {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  DeviceClass,
  Namespace,
  PersistentVolume,
  PersistentVolumeClaim,
  PodDisruptionBudget,
  ReplicaSet,
  ReplicationController,
  ResourceClaim,
  ResourceSlice,
  Service,
  StatefulSet,
  StorageClass,
  VolumeAttachment,
} from "../../api/types.gen.ts";

/** Kinds other than pods and nodes that scheduling reads. */
export interface ObjectKinds {
  readonly Namespace: Namespace;
  readonly PersistentVolume: PersistentVolume;
  readonly PersistentVolumeClaim: PersistentVolumeClaim;
  readonly StorageClass: StorageClass;
  readonly CSINode: CSINode;
  readonly CSIDriver: CSIDriver;
  readonly CSIStorageCapacity: CSIStorageCapacity;
  readonly VolumeAttachment: VolumeAttachment;
  readonly PodDisruptionBudget: PodDisruptionBudget;
  readonly Service: Service;
  readonly ReplicationController: ReplicationController;
  readonly ReplicaSet: ReplicaSet;
  readonly StatefulSet: StatefulSet;
  readonly ResourceClaim: ResourceClaim;
  readonly ResourceSlice: ResourceSlice;
  readonly DeviceClass: DeviceClass;
  readonly [POD_GROUP]: PodGroup;
  readonly [SIG_POD_GROUP]: SigPodGroup;
  readonly [ELASTIC_QUOTA]: ElasticQuotaObject;
}

/** Name of a kind scheduling reads. */
export type ObjectKind = keyof ObjectKinds;

interface Named {
  readonly metadata: { readonly name?: string; readonly namespace?: string };
}

const selectorOf = ({ spec }: { readonly spec?: { readonly selector?: unknown } }): unknown =>
  spec?.selector;

/** What scheduling reads of kinds whose other parts (above all the status) change all the time; of all others it is everything. */
const parts: { readonly [K in ObjectKind]?: (object: ObjectKinds[K]) => unknown } = {
  Service: selectorOf,
  ReplicationController: selectorOf,
  ReplicaSet: selectorOf,
  StatefulSet: selectorOf,
};

/**
 * The objects scheduling reads besides pods and nodes. Each kind and each object has a version, which every change of
 * what scheduling reads raises.
 */
export class ClusterObjects {
  private readonly maps = new Map<string, Map<Key, Named>>();
  private readonly versions = new Map<string, number>();
  /** Versions of single objects, of those that are gone, too: one that comes again goes on from there. */
  private readonly objectVersions = new Map<string, Map<Key, number>>();

  /** Adds or replaces an object. */
  put<K extends ObjectKind>(kind: K, object: ObjectKinds[K]): void {
    const map = this.mapOf(kind);
    const key = keyOf(object);
    const before = map.get(key) as unknown as ObjectKinds[K] | undefined;
    map.set(key, object);
    const part = parts[kind];
    if (before === undefined || part === undefined || !deepEqual(part(before), part(object)))
      this.raise(kind, key);
  }

  /** Removes an object by its key. */
  remove(kind: ObjectKind, key: Key): void {
    if (this.mapOf(kind).delete(key)) this.raise(kind, key);
  }

  /** The object of that key. */
  get<K extends ObjectKind>(kind: K, key: Key): ObjectKinds[K] | undefined {
    return this.maps.get(kind)?.get(key) as ObjectKinds[K] | undefined;
  }

  /** All objects of a kind, in the order of their keys. */
  list<K extends ObjectKind>(kind: K): readonly ObjectKinds[K][] {
    const map = this.maps.get(kind);
    if (map === undefined) return [];
    return [...map.keys()].sort().map((key) => map.get(key) as unknown as ObjectKinds[K]);
  }

  /** Raised by every change of the kind. */
  version(kind: ObjectKind): number {
    return this.versions.get(kind) ?? 0;
  }

  /** Raised by every change of one object, its coming and going included; 0 for one that never was. */
  versionOf(kind: ObjectKind, key: Key): number {
    return this.objectVersions.get(kind)?.get(key) ?? 0;
  }

  /** Removes all objects. */
  clear(): void {
    for (const [kind, map] of this.maps)
      for (const key of [...map.keys()]) this.remove(kind as ObjectKind, key);
  }

  private raise(kind: ObjectKind, key: Key): void {
    this.versions.set(kind, this.version(kind) + 1);
    let ofKind = this.objectVersions.get(kind);
    if (ofKind === undefined) {
      ofKind = new Map();
      this.objectVersions.set(kind, ofKind);
    }
    ofKind.set(key, (ofKind.get(key) ?? 0) + 1);
  }

  private mapOf(kind: string): Map<Key, Named> {
    let map = this.maps.get(kind);
    if (map === undefined) {
      map = new Map();
      this.maps.set(kind, map);
    }
    return map;
  }
}
