import type { PodSpec } from "../../types.gen.ts";

/** A port of its node that a pod claims. */
export interface HostPort {
  readonly port: number;
  readonly protocol: string;
  readonly ip: string;
}

const ANY_ADDRESS = "0.0.0.0";

/** The host ports of the containers that run for the whole life of a pod: the app containers and the sidecars. */
export function hostPortsOf({ containers, initContainers = [] }: PodSpec): readonly HostPort[] {
  const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === "Always");
  return [...containers, ...sidecars].flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort = 0, protocol, hostIP }) =>
      hostPort > 0
        ? [{ port: hostPort, protocol: protocol || "TCP", ip: hostIP || ANY_ADDRESS }]
        : [],
    ),
  );
}

/** Two claims clash on the same port and protocol, on the same address or when one of them takes all addresses. */
export function portsClash(a: HostPort, b: HostPort): boolean {
  return (
    a.port === b.port &&
    a.protocol === b.protocol &&
    (a.ip === b.ip || a.ip === ANY_ADDRESS || b.ip === ANY_ADDRESS)
  );
}
