import type { ContainerPort, PodSpec } from "../../types.gen.ts";
import { containersOf } from "./pod-annotations.ts";

interface Placed {
  readonly field: string;
  readonly port: ContainerPort;
}

/** Texts about ports of a pod that are declared more than once. */
export function portWarnings(spec: PodSpec, path: string): readonly string[] {
  const texts: string[] = [];
  const known = new Map<string, Placed[]>();
  for (const [{ ports = [] }, place] of containersOf(spec, path)) {
    ports.forEach((port, index) => {
      const field = `${place}.ports[${index}]`;
      const { name = "", hostPort = 0, containerPort, protocol = "", hostIP = "" } = port;
      if (hostIP !== "" && hostPort === 0) {
        const shown = `{Name:${name} HostPort:0 ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
        texts.push(`${field}: hostIP set without hostPort: ${shown}`);
      }
      const key = `${containerPort}/${protocol}`;
      const others = known.get(key) ?? [];
      for (const other of others) {
        const what = collision(port, other.port);
        if (what !== "") texts.push(`${field}: ${what} port definition with ${other.field}`);
      }
      others.push({ field, port });
      known.set(key, others);
    });
  }
  return texts;
}

function collision(one: ContainerPort, other: ContainerPort): string {
  const [port, otherPort] = [one.hostPort ?? 0, other.hostPort ?? 0];
  const [ip, otherIp] = [one.hostIP ?? "", other.hostIP ?? ""];
  if (ip === otherIp && port === otherPort) return "duplicate";
  if (port === 0 || otherPort === 0) return "overlapping";
  const oneIsOpen = (ip === "") !== (otherIp === "");
  return port === otherPort && oneIsOpen ? "dangerously ambiguous" : "";
}
