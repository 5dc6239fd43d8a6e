import type { Manifest } from "./object.ts";
import type { Device, DeviceAttribute, Node, ResourceSlice } from "./types.gen.ts";

/** Devices alike that a driver on a node reports. */
export interface NodeDevices {
  readonly driver: string;
  /** 1 when absent. */
  readonly count?: number;
  /** `{i}` counts from 0, on from those of the same driver and name; `device-{i}` when absent. */
  readonly name?: string;
  /** By name: a text, a whole number, yes or no, or what the API takes: `{version: 1.2.3}`. */
  readonly attributes?: Readonly<Record<string, string | number | boolean | DeviceAttribute>>;
  /** Quantities by name. */
  readonly capacity?: Readonly<Record<string, string | number>>;
}

/** A node there is, or one to come with the devices that its drivers will report. */
export interface PossibleNode extends Node {
  readonly devices?: readonly NodeDevices[];
}

/** Devices that a slice has room for (resource/v1 `ResourceSliceMaxDevices`). */
const MOST_DEVICES = 128;

/** The ResourceSlices that the drivers on a node report: a pool per driver. */
export function slicesOfNode(
  node: string,
  devices: readonly NodeDevices[],
): readonly Manifest<ResourceSlice>[] {
  const byDriver = new Map<string, Device[]>();
  for (const one of devices) {
    const known = byDriver.get(one.driver) ?? [];
    byDriver.set(one.driver, [...known, ...devicesOf(one, known)]);
  }
  return [...byDriver].flatMap(([driver, all]) => {
    const resourceSliceCount = Math.ceil(all.length / MOST_DEVICES);
    return Array.from({ length: resourceSliceCount }, (_, at) => ({
      apiVersion: "resource.k8s.io/v1",
      kind: "ResourceSlice",
      metadata: { name: `${node}-${driver}${at === 0 ? "" : `-${at}`}` },
      spec: {
        driver,
        nodeName: node,
        pool: { name: node, generation: 1, resourceSliceCount },
        devices: all.slice(at * MOST_DEVICES, (at + 1) * MOST_DEVICES),
      },
    }));
  });
}

function devicesOf(
  { count = 1, name = "device-{i}", attributes, capacity }: NodeDevices,
  known: readonly Device[],
): Device[] {
  const taken = new Set(known.map((device) => device.name));
  let first = 0;
  if (name.includes("{i}")) while (taken.has(name.replaceAll("{i}", String(first)))) first++;
  const common = {
    ...(attributes === undefined ? {} : { attributes: mapped(attributes, attributeOf) }),
    ...(capacity === undefined
      ? {}
      : { capacity: mapped(capacity, (value) => ({ value: String(value) })) }),
  };
  return Array.from({ length: count }, (_, at) => ({
    name: name.replaceAll("{i}", String(first + at)),
    ...common,
  }));
}

function attributeOf(value: string | number | boolean | DeviceAttribute): DeviceAttribute {
  if (typeof value === "string") return { string: value };
  if (typeof value === "number") return { int: value };
  return typeof value === "boolean" ? { bool: value } : value;
}

function mapped<T, U>(
  given: Readonly<Record<string, T>>,
  change: (value: T) => U,
): Readonly<Record<string, U>> {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, change(value)]));
}
