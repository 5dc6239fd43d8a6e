import { describe, expect, it } from "vitest";
import { verdicts } from "../ask.ts";
import { node, pod } from "../builders.ts";

describe("NodeUnschedulable", () => {
  const nodes = [node("open"), node("cordoned", { unschedulable: true })];

  it("keeps pods off cordoned nodes", () => {
    expect(verdicts("NodeUnschedulable", pod("p"), { nodes })).toEqual({
      open: "fits",
      cordoned: "node(s) were unschedulable",
    });
  });

  it.each([
    ["the very taint", { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }],
    ["everything", { operator: "Exists" }],
  ])("lets pods in that tolerate %s", (_, toleration) => {
    const tolerant = pod("p", {
      spec: { tolerations: [{ operator: "Exists", ...toleration }] },
    });
    expect(verdicts("NodeUnschedulable", tolerant, { nodes })["cordoned"]).toBe("fits");
  });
});

describe("NodeName", () => {
  it("sends a pod that names its node there or nowhere", () => {
    const nodes = [node("a"), node("b")];
    expect(verdicts("NodeName", pod("p", { node: "b" }), { nodes })).toEqual({
      a: "node(s) didn't match the requested node name",
      b: "fits",
    });
  });
});

describe("NodePorts", () => {
  const used = { containerPort: 80, hostPort: 80, protocol: "TCP", hostIP: "10.0.0.1" };
  const holder = (port: object) =>
    pod("holder", { node: "n", spec: { containers: [{ name: "c", ports: [port] }] } as never });
  const wants = (port: object) =>
    pod("p", { spec: { containers: [{ name: "c", ports: [port] }] } as never });
  const taken = "node(s) didn't have free ports for the requested pod ports";

  it.each([
    ["the same port", used, taken],
    ["another port", { ...used, hostPort: 81 }, "fits"],
    ["another protocol", { ...used, protocol: "UDP" }, "fits"],
    ["another address", { ...used, hostIP: "10.0.0.2" }, "fits"],
    ["all addresses", { ...used, hostIP: "0.0.0.0" }, taken],
    ["no address, which means all", { containerPort: 80, hostPort: 80 }, taken],
    ["a container port only", { containerPort: 80 }, "fits"],
  ])("a pod that wants %s beside TCP 10.0.0.1:80 gets: %s", (_, port, verdict) => {
    const question = { nodes: [node("n")], pods: [holder(used)] };
    expect(verdicts("NodePorts", wants(port), question)).toEqual({ n: verdict });
  });

  it("counts the ports of sidecars but not of other init containers", () => {
    const init = (restartPolicy?: string) =>
      pod("holder", {
        node: "n",
        spec: {
          containers: [{ name: "c" }],
          initContainers: [
            { name: "i", ports: [used], ...(restartPolicy ? { restartPolicy } : {}) },
          ],
        } as never,
      });
    const ask = (other: ReturnType<typeof init>) =>
      verdicts("NodePorts", wants(used), { nodes: [node("n")], pods: [other] })["n"];
    expect(ask(init("Always"))).toBe(taken);
    expect(ask(init())).toBe("fits");
  });
});

describe("NodeDeclaredFeatures", () => {
  const nodes = [node("old"), node("new", { features: ["RestartAllContainersOnContainerExits"] })];

  it("sends a pod that needs a feature only where the node declares it", () => {
    const needy = pod("p", {
      spec: {
        containers: [{ name: "c", restartPolicyRules: [{ action: "RestartAllContainers" }] }],
      } as never,
    });
    expect(verdicts("NodeDeclaredFeatures", needy, { nodes })).toEqual({
      old: "node(s) didn't match Pod's required features",
      new: "fits",
    });
  });

  it("asks nothing of nodes for an ordinary pod", () => {
    expect(verdicts("NodeDeclaredFeatures", pod("p"), { nodes })).toEqual({
      old: "fits",
      new: "fits",
    });
  });
});
