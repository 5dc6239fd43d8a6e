import { describe, expect, it } from "vitest";
import { serviceCidrController } from "../../../sim/controllers/service-cidr.ts";
import { ControlPlane } from "../control-plane.ts";

const FINALIZER = "networking.k8s.io/service-cidr-finalizer";
const READY = { type: "Ready", status: "True", message: "Kubernetes Service CIDR is ready" };
const ORPHANS = {
  type: "Ready",
  status: "False",
  reason: "Terminating",
  message:
    "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR",
};

const range = (plane: ControlPlane, name: string, ...cidrs: string[]): void =>
  plane.create("ServiceCIDR", { metadata: { name }, spec: { cidrs } });
const service = (plane: ControlPlane, name: string, spec: object = {}): string =>
  plane.create("Service", {
    metadata: { name, namespace: "default" },
    spec: { ports: [{ port: 80 }], ...spec },
  }).spec.clusterIP;
const condition = (plane: ControlPlane, name: string): any =>
  plane.get("ServiceCIDR", name)?.status.conditions[0];

describe("the controller of Services' ranges", () => {
  it("holds a new range and says that it is ready", () => {
    const plane = new ControlPlane(serviceCidrController);
    range(plane, "more", "10.9.0.0/24");
    plane.at(1);
    expect(plane.get("ServiceCIDR", "more").metadata.finalizers).toEqual([FINALIZER]);
    expect(condition(plane, "more")).toMatchObject(READY);
  });

  it("lets a range go that nobody uses, ten seconds after it was deleted", () => {
    const plane = new ControlPlane(serviceCidrController);
    range(plane, "more", "10.9.0.0/24");
    plane.at(5).api.delete("ServiceCIDR", "more");
    plane.at(14.9);
    expect(condition(plane, "more")).toMatchObject(READY);
    plane.at(15.1);
    expect(plane.get("ServiceCIDR", "more")).toBeUndefined();
  });

  it("keeps one whose addresses are in use until they are given back", () => {
    const plane = new ControlPlane(serviceCidrController);
    range(plane, "more", "10.9.0.0/24");
    plane.at(1);
    service(plane, "web", { clusterIP: "10.9.0.7" });
    plane.at(5).api.delete("ServiceCIDR", "more");
    plane.at(60);
    expect(condition(plane, "more")).toMatchObject(ORPHANS);
    plane.api.delete("Service", "default/web");
    plane.at(61);
    expect(plane.get("ServiceCIDR", "more")).toBeUndefined();
  });

  it.each([
    ["an IPAddress of the API server's", "ipallocator.k8s.io", true],
    ["somebody else's IPAddress", "example.com", false],
  ])("looks at %s", (_, manager, kept) => {
    const plane = new ControlPlane(serviceCidrController);
    range(plane, "more", "10.9.0.0/24");
    plane.create("IPAddress", {
      metadata: { name: "10.9.0.7", labels: { "ipaddress.kubernetes.io/managed-by": manager } },
      spec: { parentRef: { resource: "services", namespace: "default", name: "web" } },
    });
    plane.at(1).api.delete("ServiceCIDR", "more");
    expect(plane.at(60).get("ServiceCIDR", "more") !== undefined).toBe(kept);
  });

  it.each([
    ["the range of every cluster", "10.0.9.0/24", "10.0.9.7", []],
    ["another around it", "10.9.0.0/24", "10.9.0.7", ["10.9.0.0/16"]],
    ["another of the same addresses", "10.9.0.0/24", "10.9.0.7", ["10.9.0.0/24"]],
    ["another with just the address", "10.9.0.0/24", "10.9.0.7", ["10.9.0.0/28"]],
  ])("lets one go whose addresses are in %s, too", (_, cidr, clusterIP, others) => {
    const plane = new ControlPlane(serviceCidrController);
    range(plane, "more", cidr);
    plane.at(1);
    service(plane, "web", { clusterIP });
    plane.api.delete("ServiceCIDR", "more");
    others.forEach((other, at) => void range(plane, `other-${at}`, other));
    expect(plane.at(60).get("ServiceCIDR", "more")).toBeUndefined();
  });

  it("lets one go for which another comes", () => {
    const plane = new ControlPlane(serviceCidrController);
    range(plane, "more", "10.9.0.0/24");
    plane.at(1);
    service(plane, "web", { clusterIP: "10.9.0.7" });
    plane.api.delete("ServiceCIDR", "more");
    plane.at(30);
    expect(condition(plane, "more")).toMatchObject(ORPHANS);
    range(plane, "wide", "10.0.0.0/8");
    expect(plane.at(31).get("ServiceCIDR", "more")).toBeUndefined();
  });
});

describe("a Service's address", () => {
  const attempt = (plane: ControlPlane, clusterIP: string): string => {
    try {
      return service(plane, `s-${clusterIP.replaceAll(".", "-")}`, { clusterIP });
    } catch (error) {
      return (error as Error).message.split(": ").slice(-1)[0] as string;
    }
  };
  const NOWHERE = "the provided network does not match the current range";

  it("comes from any range that is ready", () => {
    const plane = new ControlPlane(serviceCidrController);
    range(plane, "more", "10.9.0.0/24");
    expect(attempt(plane, "10.9.0.7")).toBe(NOWHERE);
    plane.at(1);
    expect(attempt(plane, "10.9.0.7")).toBe("10.9.0.7");
    plane.api.delete("ServiceCIDR", "more");
    expect(attempt(plane, "10.9.0.8")).toBe(NOWHERE);
  });

  it.each([
    ["10.9.0.0", NOWHERE],
    ["10.9.0.1", "10.9.0.1"],
    ["10.9.0.14", "10.9.0.14"],
    ["10.9.0.15", NOWHERE],
    ["10.9.0.16", NOWHERE],
    ["10.0.0.0", NOWHERE],
    ["10.0.255.255", NOWHERE],
  ])("%s of a network of sixteen, and the cluster's own: %s", (clusterIP, expected) => {
    const plane = new ControlPlane(serviceCidrController);
    range(plane, "small", "10.9.0.0/28");
    plane.at(1);
    expect(attempt(plane, clusterIP)).toBe(expected);
  });

  it("is free: no Service has it, and no IPAddress says otherwise", () => {
    const plane = new ControlPlane();
    const parentRef = { resource: "services", namespace: "default", name: "web" };
    plane.create("IPAddress", { metadata: { name: "10.0.0.7" }, spec: { parentRef } });
    expect(attempt(plane, "10.0.0.7")).toBe("provided IP is already allocated");
  });

  it("is drawn from the ranges there are until all is given away", () => {
    const plane = new ControlPlane(serviceCidrController);
    plane.create("ServiceCIDR", {
      metadata: { name: "kubernetes" },
      spec: { cidrs: ["10.9.0.0/28"] },
    });
    range(plane, "wide", "10.9.0.0/27");
    plane.at(1);
    const taken = Array.from({ length: 30 }, (_, at) => service(plane, `s${at}`));
    expect(new Set(taken).size).toBe(30);
    expect(taken.every((address) => /^10\.9\.0\.([1-9]|[12]\d|30)$/.test(address))).toBe(true);
    expect(() => service(plane, "one-more")).toThrow(
      "Internal error occurred: failed to allocate a serviceIP: range is full",
    );
  });
});
