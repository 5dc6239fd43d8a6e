import type {
  DeviceClass,
  DeviceConstraint,
  DeviceSelector,
  DeviceToleration,
  ExactDeviceRequest,
  Quantity,
  ResourceClaim,
} from "../../../api/types.gen.ts";

/** One way to satisfy a request: so many devices of a kind. */
export interface Wish {
  /** `request`, or `request/subrequest`. */
  readonly name: string;
  readonly deviceClass: DeviceClass;
  readonly selectors: readonly DeviceSelector[];
  readonly tolerations: readonly DeviceToleration[];
  /** Sees devices without taking them. */
  readonly adminAccess: boolean;
  /** Least capacities, or what is taken of a device that others may share. */
  readonly capacity: Readonly<Record<string, Quantity>>;
  /** How many, or all there are. */
  readonly count: number | "all";
}

/** A request of a claim with its alternatives, the most wanted first. */
export interface Wanted {
  readonly claim: ResourceClaim;
  readonly request: string;
  readonly ways: readonly Wish[];
  /** Constraints of the claim that speak of this request. */
  readonly constraints: readonly DeviceConstraint[];
}

/** What keeps a claim's requests from being understood. */
export class WishProblem extends Error {}

function wish(
  name: string,
  asked: Omit<ExactDeviceRequest, "adminAccess"> & { readonly adminAccess?: boolean },
  classOf: (name: string) => DeviceClass | undefined,
): Wish {
  const deviceClass = classOf(asked.deviceClassName);
  if (deviceClass === undefined)
    throw new WishProblem(`request ${name}: device class ${asked.deviceClassName} does not exist`);
  return {
    name,
    deviceClass,
    selectors: asked.selectors ?? [],
    tolerations: asked.tolerations ?? [],
    adminAccess: asked.adminAccess ?? false,
    capacity: asked.capacity?.requests ?? {},
    count: asked.allocationMode === "All" ? "all" : (asked.count ?? 1),
  };
}

/** The requests of a claim in their order. Throws `WishProblem` when a device class does not exist. */
export function wantedBy(
  claim: ResourceClaim,
  classOf: (name: string) => DeviceClass | undefined,
): readonly Wanted[] {
  const { requests = [], constraints = [] } = claim.spec.devices ?? {};
  return requests.map((request) => {
    const { name, exactly, firstAvailable = [] } = request;
    const ways =
      exactly !== undefined
        ? [wish(name, exactly, classOf)]
        : firstAvailable.map((each) => wish(`${name}/${each.name}`, each, classOf));
    return {
      claim,
      request: name,
      ways,
      constraints: constraints.filter(
        ({ requests: of = [] }) =>
          of.length === 0 || of.some((each) => each === name || each.startsWith(`${name}/`)),
      ),
    };
  });
}

/** Whether a constraint speaks of this way to satisfy a request. */
export function concerns({ requests = [] }: DeviceConstraint, name: string): boolean {
  const [request] = name.split("/");
  return requests.length === 0 || requests.some((each) => each === name || each === request);
}
