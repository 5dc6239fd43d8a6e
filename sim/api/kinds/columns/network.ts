import type {
  EndpointSlice,
  Endpoints,
  Ingress,
  IngressClass,
  IPAddress,
  NetworkPolicy,
  Service,
  ServiceCIDR,
} from "../../types.gen.ts";
import type { KindPrinter } from "./printer.ts";
import { age, columns, printer } from "./printer.ts";
import { labelsText, nameWithDefault, orNone, selectorText, shortList, sortedSet } from "./text.ts";

/** Entries that a cell of addresses, ports or hosts shows before it counts the rest. */
const SHOWN = 3;

interface IngressPoint {
  readonly ip?: string;
  readonly hostname?: string;
}

function balancerText(points: readonly IngressPoint[] | undefined): string {
  const texts = (points ?? []).map(({ ip = "", hostname = "" }) => (ip === "" ? hostname : ip));
  return sortedSet(texts.filter((text) => text !== "")).join(",");
}

function externalIp({ spec, status }: Service): string {
  const own = spec?.externalIPs ?? [];
  switch (spec?.type) {
    case "ClusterIP":
    case "NodePort":
      return orNone(own.join(","));
    case "LoadBalancer": {
      const balancer = balancerText(status?.loadBalancer?.ingress);
      const all = [balancer, ...own].filter((text) => text !== "").join(",");
      return all === "" ? "<pending>" : all;
    }
    case "ExternalName":
      return spec.externalName ?? "";
    default:
      return "<unknown>";
  }
}

function servicePorts({ spec }: Service): string {
  const ports = (spec?.ports ?? []).map(({ port, nodePort = 0, protocol = "TCP" }) =>
    nodePort > 0 ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  );
  return orNone(ports.join(","));
}

export const servicePrinter: KindPrinter = printer<Service>(
  columns("Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "Selector|string|wide"),
  (service, context) => [
    service.metadata.name,
    service.spec?.type ?? "",
    service.spec?.clusterIPs?.[0] ?? "<none>",
    externalIp(service),
    servicePorts(service),
    age(service, context),
    labelsText(service.spec?.selector),
  ],
);

function hostPort(ip: string, port: number): string {
  return ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
}

function endpointsText({ subsets }: Endpoints): string {
  if ((subsets ?? []).length === 0) return "<none>";
  const list: string[] = [];
  for (const { addresses, ports } of subsets ?? []) {
    const ips = (addresses ?? []).map(({ ip }) => ip);
    if ((ports ?? []).length === 0) list.push(...ips);
    for (const { port } of ports ?? []) list.push(...ips.map((ip) => hostPort(ip, port)));
  }
  return shortList(list, SHOWN, ",");
}

export const endpointsPrinter: KindPrinter = printer<Endpoints>(
  columns("Name", "Endpoints", "Age"),
  (object, context) => [object.metadata.name, endpointsText(object), age(object, context)],
);

function orUnset(text: string): string {
  return text === "" ? "<unset>" : text;
}

export const endpointSlicePrinter: KindPrinter = printer<EndpointSlice>(
  columns("Name", "AddressType", "Ports", "Endpoints", "Age"),
  (object, context) => {
    const ports = (object.ports ?? []).map(({ port, name }) => String(port ?? name ?? "*"));
    const addresses = (object.endpoints ?? []).flatMap((endpoint) => endpoint.addresses ?? []);
    return [
      object.metadata.name,
      object.addressType,
      orUnset(shortList(ports, SHOWN, ",")),
      orUnset(shortList(addresses, SHOWN, ",")),
      age(object, context),
    ];
  },
);

function hostsText({ spec }: Ingress): string {
  const rules = spec?.rules ?? [];
  const hosts: string[] = [];
  let more = false;
  for (const { host = "" } of rules) {
    if (hosts.length === SHOWN) more = true;
    else if (host !== "") hosts.push(host);
  }
  if (hosts.length === 0) return "*";
  return more ? `${hosts.join(",")} + ${rules.length - SHOWN} more...` : hosts.join(",");
}

export const ingressPrinter: KindPrinter = printer<Ingress>(
  columns("Name", "Class", "Hosts", "Address", "Ports", "Age"),
  (object, context) => [
    object.metadata.name,
    object.spec?.ingressClassName ?? "<none>",
    hostsText(object),
    balancerText(object.status?.loadBalancer?.ingress),
    (object.spec?.tls ?? []).length > 0 ? "80, 443" : "80",
    age(object, context),
  ],
);

function parametersText({ spec }: IngressClass): string {
  if (spec?.parameters === undefined) return "<none>";
  const { apiGroup, kind, name } = spec.parameters;
  return `${kind}${apiGroup === undefined ? "" : `.${apiGroup}`}/${name}`;
}

export const ingressClassPrinter: KindPrinter = printer<IngressClass>(
  columns("Name", "Controller", "Parameters", "Age"),
  (object, context) => [
    nameWithDefault(object, ["ingressclass.kubernetes.io/is-default-class"]),
    object.spec?.controller ?? "",
    parametersText(object),
    age(object, context),
  ],
);

export const networkPolicyPrinter: KindPrinter = printer<NetworkPolicy>(
  columns("Name", "Pod-Selector", "Age"),
  (object, context) => [
    object.metadata.name,
    selectorText(object.spec?.podSelector),
    age(object, context),
  ],
);

function parentText({ spec }: IPAddress): string {
  if (spec?.parentRef === undefined) return "<none>";
  const { group = "", resource, namespace = "", name } = spec.parentRef;
  const place = (group === "" ? resource : `${resource}.${group}`).toLowerCase();
  return [place, namespace, name].filter((part) => part !== "").join("/");
}

/** Upstream prints an age without defining a column for it. */
export const ipAddressPrinter: KindPrinter = printer<IPAddress>(
  columns("Name", "ParentRef"),
  (object, context) => [object.metadata.name, parentText(object), age(object, context)],
);

export const serviceCidrPrinter: KindPrinter = printer<ServiceCIDR>(
  columns("Name", "CIDRs", "Age"),
  (object, context) => [
    object.metadata.name,
    (object.spec?.cidrs ?? []).join(","),
    age(object, context),
  ],
);
