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
}

/** Name of a kind scheduling reads. */
export type ObjectKind = keyof ObjectKinds;

interface Named {
  readonly metadata: { readonly name?: string; readonly namespace?: string };
}

/** The objects scheduling reads besides pods and nodes. Each kind has a version that every change raises. */
export class ClusterObjects {
  private readonly maps = new Map<string, Map<Key, Named>>();
  private readonly versions = new Map<string, number>();

  /** Adds or replaces an object. */
  put<K extends ObjectKind>(kind: K, object: ObjectKinds[K]): void {
    this.mapOf(kind).set(keyOf(object), object);
    this.versions.set(kind, this.version(kind) + 1);
  }

  /** Removes an object by its key. */
  remove(kind: ObjectKind, key: Key): void {
    if (this.mapOf(kind).delete(key)) this.versions.set(kind, this.version(kind) + 1);
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

  /** Removes all objects. */
  clear(): void {
    for (const [kind, map] of this.maps) {
      map.clear();
      this.versions.set(kind, (this.versions.get(kind) ?? 0) + 1);
    }
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
