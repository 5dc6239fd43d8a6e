import { randomUid } from "../../../api/meta/generated-name.ts";
import type {
  AllocationResult,
  DeviceAllocationConfiguration,
  Node,
  NodeSelector,
  NodeSelectorRequirement,
  ResourceClaim,
} from "../../../api/types.gen.ts";
import { randomFrom } from "../../../engine/random.ts";
import { type Consumed, consumedCapacity } from "./capacity.ts";
import type { OfferedDevice } from "./pools.ts";
import type { Wanted, Wish } from "./wishes.ts";

/** A device chosen for a request. */
export interface Chosen {
  readonly wanted: Wanted;
  readonly wish: Wish;
  readonly offered: OfferedDevice;
  /** What is taken of a device that others may share. */
  readonly consumed?: Consumed;
}

/** A class's configuration once with all requests of it; the claim's once per request, as v1.36 has it. */
function configOf(
  claim: ResourceClaim,
  chosen: readonly Chosen[],
): DeviceAllocationConfiguration[] {
  const wishes = new Map(chosen.map(({ wish, wanted }) => [wish, wanted.request]));
  const classes = new Set([...wishes.keys()].map(({ deviceClass }) => deviceClass));
  const fromClasses = [...classes].flatMap((deviceClass) => {
    const users = [...wishes.keys()].filter((wish) => wish.deviceClass === deviceClass);
    return (deviceClass.spec.config ?? []).map(({ opaque }) => ({
      source: "FromClass",
      requests: users.map(({ name }) => name),
      ...(opaque === undefined ? {} : { opaque }),
    }));
  });
  const fromClaim = (claim.spec.devices?.config ?? []).flatMap(({ requests = [], opaque }) => {
    const config = {
      source: "FromClaim",
      ...(requests.length === 0 ? {} : { requests }),
      ...(opaque === undefined ? {} : { opaque }),
    };
    if (requests.length === 0) return [config];
    return [...wishes]
      .filter(([{ name }, request]) => requests.includes(request) || requests.includes(name))
      .map(() => config);
  });
  return [...fromClasses, ...fromClaim];
}

/** What must be said of the device before its pod is bound. */
function bindingConditionsOf({ device }: OfferedDevice) {
  const { bindingConditions = [], bindingFailureConditions = [] } = device;
  if (bindingConditions.length === 0) return {};
  return {
    bindingConditions,
    ...(bindingFailureConditions.length === 0 ? {} : { bindingFailureConditions }),
  };
}

/** Where all the devices can be used: on one node, where their slices' selectors say, or (`undefined`) everywhere. */
function nodesFor(chosen: readonly Chosen[], { metadata }: Node): NodeSelector | undefined {
  const isBound = ({ offered: { where, device } }: Chosen): boolean =>
    where.nodeName !== undefined || device.bindsToNode === true;
  const one = [{ key: "metadata.name", operator: "In", values: [metadata.name] }];
  if (chosen.some(isBound)) return { nodeSelectorTerms: [{ matchFields: one }] };
  const terms = chosen.flatMap(
    ({ offered }) => offered.where.nodeSelector?.nodeSelectorTerms ?? [],
  );
  const matchFields = distinct(terms.flatMap((term) => term.matchFields ?? []));
  const matchExpressions = distinct(terms.flatMap((term) => term.matchExpressions ?? []));
  if (matchFields.length + matchExpressions.length === 0) return undefined;
  const term = {
    ...(matchExpressions.length === 0 ? {} : { matchExpressions }),
    ...(matchFields.length === 0 ? {} : { matchFields }),
  };
  return { nodeSelectorTerms: [term] };
}

function distinct(requirements: readonly NodeSelectorRequirement[]): NodeSelectorRequirement[] {
  const seen = new Set<string>();
  return requirements.filter(({ key, operator, values = [] }) => {
    const meaning = JSON.stringify([key, operator, [...new Set(values)].sort()]);
    const isNew = !seen.has(meaning);
    seen.add(meaning);
    return isNew;
  });
}

/** What the search found for a claim, as its status tells it. */
export function resultFor(
  claim: ResourceClaim,
  chosen: readonly Chosen[],
  node: Node,
): AllocationResult {
  const config = configOf(claim, chosen);
  const nodeSelector = nodesFor(chosen, node);
  return {
    devices: {
      results: chosen.map(({ wish, offered, consumed }, at) => ({
        request: wish.name,
        driver: offered.driver,
        pool: offered.pool,
        device: offered.device.name,
        ...(wish.adminAccess ? { adminAccess: true } : {}),
        ...(wish.tolerations.length === 0 ? {} : { tolerations: wish.tolerations }),
        ...bindingConditionsOf(offered),
        ...(consumed === undefined
          ? {}
          : {
              shareID: randomUid(randomFrom(`${claim.metadata.uid}/${at}`)),
              consumedCapacity: consumedCapacity(offered, consumed),
            }),
      })),
      ...(config.length === 0 ? {} : { config }),
    },
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
  };
}
