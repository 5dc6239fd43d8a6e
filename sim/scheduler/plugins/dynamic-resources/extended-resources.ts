import { IMPLICIT_PREFIX } from "../../../api/admission/quota-usage.ts";
import { milliValue, wholeValue } from "../../../api/meta/quantity.ts";
import type {
  Container,
  ContainerExtendedResourceRequest,
  DeviceClass,
  DeviceRequest,
  Pod,
} from "../../../api/types.gen.ts";
import type { ClusterObjects } from "../../snapshot/objects.ts";
import type { PodTraits } from "../../snapshot/pod-info.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";

/** A resource of somebody else than Kubernetes (core `IsExtendedResourceName`). */
export function isExtended(name: string): boolean {
  return name.includes("/") && !name.includes("kubernetes.io/") && !name.startsWith("requests.");
}

/** Whether devices may stand behind the resource (scheduler `IsDRAExtendedResourceName`). */
function mayBeDevices(name: string): boolean {
  return isExtended(name) || name.startsWith(IMPLICIT_PREFIX);
}

const classes = new WeakMap<
  ClusterObjects,
  { readonly version: number; readonly byResource: ReadonlyMap<string, DeviceClass> }
>();

function byResource(objects: ClusterObjects): ReadonlyMap<string, DeviceClass> {
  const version = objects.version("DeviceClass");
  const known = classes.get(objects);
  if (known?.version === version) return known.byResource;
  const found = new Map<string, DeviceClass>();
  for (const each of objects.list("DeviceClass")) {
    const { metadata, spec } = each;
    found.set(`${IMPLICIT_PREFIX}${metadata.name}`, each);
    if (spec.extendedResourceName === undefined) continue;
    const other = found.get(spec.extendedResourceName);
    if (other === undefined || madeAt(each) > madeAt(other))
      found.set(spec.extendedResourceName, each);
  }
  classes.set(objects, { version, byResource: found });
  return found;
}

function madeAt({ metadata }: DeviceClass): string {
  return metadata.creationTimestamp ?? "";
}

/**
 * The device class whose devices stand behind a resource: the one of an implicit name, or of those that name the resource
 * the newest, and of two of the same second the first by name.
 */
export function classBehind(name: string, { objects }: Snapshot): DeviceClass | undefined {
  if (objects.version("DeviceClass") === 0 || !mayBeDevices(name)) return undefined;
  return byResource(objects).get(name);
}

/** CPU, memory and ephemeral storage have the first numbers of the resources; devices never stand behind them. */
const FIRST_SCALAR = 3;

/** Names of the resources a pod asks for behind which there may be devices, now or when a class comes. */
export function deviceNames({ resources }: PodTraits, snapshot: Snapshot): readonly string[] {
  // Most pods ask for nothing but CPU and memory, and most clusters have no classes.
  if (snapshot.objects.version("DeviceClass") === 0) return NONE;
  let names: string[] | undefined;
  for (const resource of resources) {
    if (resource < FIRST_SCALAR) continue;
    const name = snapshot.resources.names[resource] ?? "";
    if (!mayBeDevices(name)) continue;
    names ??= [];
    names.push(name);
  }
  return names ?? NONE;
}

const NONE: readonly string[] = [];

/** What a claim for extended resources asks for, and which container may use what of it. */
export interface ExtendedRequests {
  readonly requests: readonly DeviceRequest[];
  readonly mappings: readonly ContainerExtendedResourceRequest[];
}

/** One container's part of one resource. */
interface Part {
  readonly request: { readonly name: string; readonly count: number } | undefined;
  /** Names of the requests the container may use, its own last. */
  readonly uses: readonly string[];
}

/** What a container asks for of a resource; a part of a device cannot be had. */
function wantedOf({ resources }: Container, resource: string): number {
  const quantity = resources?.requests?.[resource];
  if (quantity === undefined || milliValue(quantity) % 1000 !== 0) return 0;
  return wholeValue(quantity);
}

/** `reusable` are the requests whose devices the container may use before it needs others. */
function partOf(container: Container, at: number, resource: string, reusable: Part[]): Part {
  const wanted = wantedOf(container, resource);
  if (wanted === 0) return { request: undefined, uses: [] };
  let found = 0;
  const uses: string[] = [];
  for (const { request } of reusable) {
    if (request === undefined) continue;
    found += request.count;
    uses.push(request.name);
    if (found >= wanted) return { request: undefined, uses };
  }
  const place = Object.keys(container.resources?.requests ?? {})
    .sort()
    .indexOf(resource);
  const name = `container-${at}-request-${place}`;
  return { request: { name, count: wanted - found }, uses: [...uses, name] };
}

/** The requests of a pod's containers for one resource. */
function requestsFor(
  pod: Pod,
  resource: string,
  deviceClassName: string,
): { readonly requests: DeviceRequest[]; readonly mappings: ContainerExtendedResourceRequest[] } {
  const { initContainers = [], containers } = pod.spec;
  const all = [...initContainers, ...containers];
  const isShortLived = (at: number) =>
    at < initContainers.length && all[at]?.restartPolicy !== "Always";
  const lasting = all.map((container, at) =>
    isShortLived(at) ? { request: undefined, uses: [] } : partOf(container, at, resource, []),
  );
  // Init containers use what the containers after them will have; of what they need beyond that, the largest serves all.
  const passing = all.map((container, at) =>
    isShortLived(at)
      ? partOf(container, at, resource, lasting.slice(at))
      : { request: undefined, uses: [] },
  );
  let largest: Part["request"];
  for (const { request } of passing)
    if (request !== undefined && request.count > (largest?.count ?? 0)) largest = request;
  const replaced = new Set(passing.map(({ request }) => request?.name));
  const mapped = (parts: readonly Part[]) =>
    parts.flatMap(({ uses }, at) =>
      uses.map((name) => ({
        containerName: all[at]?.name ?? "",
        resourceName: resource,
        requestName: largest !== undefined && replaced.has(name) ? largest.name : name,
      })),
    );
  const counted = [largest, ...lasting.map(({ request }) => request)];
  return {
    requests: counted.flatMap((request) =>
      request === undefined
        ? []
        : [
            {
              name: request.name,
              exactly: { deviceClassName, allocationMode: "ExactCount", count: request.count },
            },
          ],
    ),
    mappings: [...mapped(lasting), ...mapped(passing)],
  };
}

/**
 * What a pod asks for of resources that device classes back: one request per container and resource, named by their places
 * among the containers (init containers first) and the container's requests (scheduler `createRequestsAndMappings`).
 */
export function extendedRequests(
  pod: Pod,
  resources: readonly string[],
  classOf: (resource: string) => DeviceClass | undefined,
): ExtendedRequests {
  const requests: DeviceRequest[] = [];
  const mappings: ContainerExtendedResourceRequest[] = [];
  for (const resource of [...resources].sort()) {
    const deviceClass = classOf(resource);
    if (deviceClass === undefined) continue;
    const found = requestsFor(pod, resource, deviceClass.metadata.name);
    requests.push(...found.requests);
    mappings.push(...found.mappings);
  }
  requests.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { requests, mappings };
}
