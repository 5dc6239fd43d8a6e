import { describe, expect, it } from "vitest";
import { ApiError } from "../../../sim/api/api-error.ts";
import { describeKind } from "../../../sim/api/kinds/descriptor.ts";
import { garbageCollector } from "../../../sim/controllers/garbage-collector.ts";
import { ControlPlane } from "../control-plane.ts";

interface Reference {
  readonly of: any;
  readonly blocks?: boolean;
}

function configMap(
  plane: ControlPlane,
  name: string,
  owners: readonly Reference[] = [],
  more: object = {},
): any {
  const ownerReferences = owners.map(({ of, blocks }) => ({
    apiVersion: of.apiVersion,
    kind: of.kind,
    name: of.metadata.name,
    uid: of.metadata.uid,
    ...(blocks === undefined ? {} : { blockOwnerDeletion: blocks }),
  }));
  return plane.create("ConfigMap", {
    metadata: {
      name,
      namespace: "default",
      ...(owners.length > 0 ? { ownerReferences } : {}),
      ...more,
    },
  });
}

function referenceTo({ apiVersion, kind, metadata: { name, uid } }: any): object {
  return { apiVersion, kind, name, uid };
}

function names(plane: ControlPlane, kind = "ConfigMap"): string[] {
  return plane.list(kind).map(({ metadata }) => metadata.name);
}

const nope = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "nope", uid: "u-nope" } };

describe("the garbage collector", () => {
  it("deletes dependents, and theirs, when the owner is gone", () => {
    const plane = new ControlPlane(garbageCollector);
    const parent = configMap(plane, "parent");
    const child = configMap(plane, "child", [{ of: parent }]);
    configMap(plane, "grandchild", [{ of: child }]);
    plane.at(1).api.delete("ConfigMap", "default/parent", { propagationPolicy: "Background" });
    expect(names(plane.at(2))).toEqual([]);
  });

  it("deletes what names an owner that never was", () => {
    const plane = new ControlPlane(garbageCollector);
    configMap(plane, "absent-owner", [{ of: nope }]);
    expect(names(plane.at(1))).toEqual([]);
  });

  it("deletes what names an owner of another life", () => {
    const plane = new ControlPlane(garbageCollector);
    const parent = configMap(plane, "parent");
    configMap(plane, "child", [
      { of: { ...parent, metadata: { ...parent.metadata, uid: "u-old" } } },
    ]);
    expect(names(plane.at(1))).toEqual(["parent"]);
  });

  it("keeps what has another owner, and forgets the one that is gone", () => {
    const plane = new ControlPlane(garbageCollector);
    const [left, right] = [configMap(plane, "left"), configMap(plane, "right")];
    configMap(plane, "child", [{ of: left }, { of: right }]);
    plane.at(1).api.delete("ConfigMap", "default/left");
    plane.at(2);
    expect(
      plane
        .get("ConfigMap", "default/child")
        .metadata.ownerReferences.map((owner: any) => owner.name),
    ).toEqual(["right"]);
  });

  it("keeps an owner deleted in the foreground until what blocks it is gone", () => {
    const plane = new ControlPlane(garbageCollector);
    const parent = configMap(plane, "parent");
    configMap(plane, "child-block", [{ of: parent, blocks: true }], { finalizers: ["ex.io/hold"] });
    configMap(plane, "child", [{ of: parent }]);
    plane.at(1).api.delete("ConfigMap", "default/parent", { propagationPolicy: "Foreground" });
    expect(names(plane.at(10))).toEqual(["parent", "child-block"]);
    plane.edit(
      "ConfigMap",
      "default/child-block",
      ({ metadata: { finalizers: _, ...metadata }, ...rest }) => ({ ...rest, metadata }),
    );
    expect(names(plane.at(11))).toEqual([]);
  });

  it("does not wait for dependents that do not block", () => {
    const plane = new ControlPlane(garbageCollector);
    const parent = configMap(plane, "parent");
    configMap(plane, "child", [{ of: parent }], { finalizers: ["ex.io/hold"] });
    plane.at(1).api.delete("ConfigMap", "default/parent", { propagationPolicy: "Foreground" });
    expect(names(plane.at(10))).toEqual(["child"]);
  });

  it("deletes a dependent that has dependents of its own in the foreground, too", () => {
    const plane = new ControlPlane(garbageCollector);
    const parent = configMap(plane, "parent");
    const child = configMap(plane, "child", [{ of: parent, blocks: true }]);
    configMap(plane, "grandchild", [{ of: child, blocks: true }], { finalizers: ["ex.io/hold"] });
    plane.at(1).api.delete("ConfigMap", "default/parent", { propagationPolicy: "Foreground" });
    plane.at(2);
    expect(names(plane)).toEqual(["parent", "child", "grandchild"]);
    expect(plane.get("ConfigMap", "default/child").metadata.finalizers).toEqual([
      "foregroundDeletion",
    ]);
  });

  it("breaks a circle of owners deleted in the foreground", () => {
    const plane = new ControlPlane(garbageCollector);
    const a = configMap(plane, "a");
    const b = configMap(plane, "b", [{ of: a, blocks: true }]);
    plane.edit("ConfigMap", "default/a", (object) => ({
      ...object,
      metadata: {
        ...object.metadata,
        ownerReferences: [
          {
            apiVersion: "v1",
            kind: "ConfigMap",
            name: "b",
            uid: b.metadata.uid,
            blockOwnerDeletion: true,
          },
        ],
      },
    }));
    plane.at(1).api.delete("ConfigMap", "default/a", { propagationPolicy: "Foreground" });
    expect(names(plane.at(10))).toEqual([]);
  });

  it("releases the dependents of an orphaning owner", () => {
    const plane = new ControlPlane(garbageCollector);
    const parent = configMap(plane, "parent");
    configMap(plane, "child", [{ of: parent }]);
    plane.at(1).api.delete("ConfigMap", "default/parent", { propagationPolicy: "Orphan" });
    plane.at(2);
    expect(names(plane)).toEqual(["child"]);
    expect(plane.get("ConfigMap", "default/child").metadata.ownerReferences).toBeUndefined();
  });

  it("knows cluster-scoped owners, and leaves a cluster-scoped object with an owner in a namespace alone", () => {
    const plane = new ControlPlane(garbageCollector);
    const owner = plane.create("PriorityClass", { metadata: { name: "owner" }, value: 1 });
    configMap(plane, "child", [{ of: owner }]);
    plane.create("PriorityClass", {
      metadata: {
        name: "odd",
        ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "nope", uid: "u-nope" }],
      },
      value: 2,
    });
    plane.at(1).api.delete("PriorityClass", "owner");
    plane.at(2);
    expect(names(plane)).toEqual([]);
    expect(names(plane, "PriorityClass")).toEqual(["odd"]);
  });

  it("says so when an owner is in another namespace, and deletes what names it", () => {
    const plane = new ControlPlane(garbageCollector);
    const owner = configMap(plane, "owner");
    plane.create("ConfigMap", {
      metadata: { name: "child", namespace: "shop", ownerReferences: [referenceTo(owner)] },
    });
    plane.create("PriorityClass", {
      metadata: { name: "odd", ownerReferences: [referenceTo(owner)] },
      value: 2,
    });
    plane.at(1);
    const { uid } = owner.metadata;
    expect(plane.events()).toEqual([
      `OwnerRefInvalidNamespace ownerRef [v1/ConfigMap, namespace: shop, name: owner, uid: ${uid}] does not exist in namespace "shop"`,
      `OwnerRefInvalidNamespace ownerRef [v1/ConfigMap, namespace: , name: owner, uid: ${uid}] does not exist in namespace ""`,
    ]);
    expect(names(plane)).toEqual(["owner"]);
    expect(names(plane, "PriorityClass")).toEqual(["odd"]);
  });

  it.each(["Foreground", "Orphan"])(
    "sees to all dependents of an owner (%s) although one is refused",
    (policy) => {
      const plane = new ControlPlane(garbageCollector);
      const parent = configMap(plane, "parent");
      for (const name of ["a", "b", "c"]) configMap(plane, name, [{ of: parent, blocks: true }]);
      const [write, remove] = [plane.api.update.bind(plane.api), plane.api.delete.bind(plane.api)];
      const refuse = (name: string): void => {
        if (name === "a") throw new ApiError(403, "Forbidden", "not this one");
      };
      plane.api.update = (kind, object, ...rest) => {
        refuse(object.metadata.name);
        return write(kind, object, ...rest);
      };
      plane.api.delete = (kind, key, ...rest) => {
        refuse(key.split("/")[1] ?? "");
        return remove(kind, key, ...rest);
      };
      plane
        .at(1)
        .api.delete("ConfigMap", "default/parent", { propagationPolicy: policy as "Orphan" });
      plane.at(2);
      const left = plane.list("ConfigMap").filter(({ metadata }) => metadata.ownerReferences);
      expect(left.map(({ metadata }) => metadata.name)).toEqual(["a"]);
      expect(names(plane)).toContain("parent");
    },
  );

  it("follows custom kinds from their first object", () => {
    const plane = new ControlPlane(garbageCollector).at(1);
    plane.api.kinds.add(describeKind({ kind: "Cron", group: "ex.io", plural: "crons" }));
    const cron = plane.create("Cron.ex.io", {
      apiVersion: "ex.io/v1",
      kind: "Cron",
      metadata: { name: "c", namespace: "default" },
    });
    configMap(plane, "child", [{ of: cron, blocks: true }]);
    plane.at(2).api.delete("Cron.ex.io", "default/c", { propagationPolicy: "Foreground" });
    plane.at(3);
    expect(names(plane)).toEqual([]);
    expect(names(plane, "Cron.ex.io")).toEqual([]);
  });

  it("finishes what a crash interrupted", () => {
    for (let writes = 1; writes <= 4; writes++) {
      const plane = new ControlPlane(garbageCollector);
      const parent = configMap(plane, "parent");
      for (const name of ["a", "b", "c"]) configMap(plane, name, [{ of: parent, blocks: true }]);
      plane.runners.get("garbage-collector-controller")?.crashAfterWrites(writes);
      plane.at(1).api.delete("ConfigMap", "default/parent", { propagationPolicy: "Foreground" });
      expect(names(plane.at(10))).toEqual([]);
    }
  });
});
