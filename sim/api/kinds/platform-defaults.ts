import type { Micros } from "../../engine/time.ts";
import { timestamp } from "../meta/time.ts";
import type {
  APIService,
  DeviceToleration,
  FlowSchema,
  PriorityLevelConfiguration,
  ResourceClaim,
  ResourceClaimSpec,
  ResourceClaimTemplate,
  ResourceSlice,
} from "../types.gen.ts";
import { fill, refine, refineEach } from "./fill.ts";

/** The condition of an APIService with nobody behind it. */
export const LOCALLY_AVAILABLE = {
  type: "Available",
  status: "True",
  reason: "Local",
  message: "Local APIServices are always available",
} as const;

/** apiregistration/v1 `SetDefaults_ServiceReference`. */
export function defaultApiService(object: APIService): APIService {
  return refine(object, "spec", (spec) =>
    refine(spec, "service", (service) => fill(service, { port: 443 })),
  );
}

/** Groups that the API server itself serves are available at once. */
export function prepareApiServiceCreate(object: APIService): APIService {
  if (object.spec?.service !== undefined) return object;
  const { creationTimestamp: lastTransitionTime } = object.metadata;
  return { ...object, status: { conditions: [{ ...LOCALLY_AVAILABLE, lastTransitionTime }] } };
}

/** flowcontrol/v1 `SetDefaults_FlowSchemaSpec`. */
export function defaultFlowSchema(object: FlowSchema): FlowSchema {
  return refine(object, "spec", (spec) => fill(spec, { matchingPrecedence: 1000 }));
}

/** flowcontrol/v1 `SetDefaults_LimitedPriorityLevelConfiguration` and its neighbours. */
export function defaultPriorityLevel(
  object: PriorityLevelConfiguration,
): PriorityLevelConfiguration {
  return refine(object, "spec", (spec) => {
    const limited = refine(spec, "limited", (level) =>
      refine(
        fill(level, { nominalConcurrencyShares: 30, lendablePercent: 0 }),
        "limitResponse",
        (response) =>
          refine(response, "queuing", (queuing) =>
            fill(queuing, { queues: 64, handSize: 8, queueLengthLimit: 50 }),
          ),
      ),
    );
    return refine(limited, "exempt", (level) =>
      fill(level, { nominalConcurrencyShares: 0, lendablePercent: 0 }),
    );
  });
}

/** resource/v1 defaults of a claim: one device for each request. */
export function defaultResourceClaim(object: ResourceClaim): ResourceClaim {
  return refine(object, "spec", defaultClaimDevices);
}

/** The same for the claims of a template. */
export function defaultClaimTemplate(object: ResourceClaimTemplate): ResourceClaimTemplate {
  return refine(object, "spec", (outer) => refine(outer, "spec", defaultClaimDevices));
}

function defaultClaimDevices(spec: ResourceClaimSpec): ResourceClaimSpec {
  return refine(spec, "devices", (devices) =>
    refine(devices, "requests", (requests) =>
      refineEach(requests, (request) =>
        refine(refine(request, "exactly", withCount), "firstAvailable", (choices) =>
          refineEach(choices, withCount),
        ),
      ),
    ),
  );
}

/** resource/v1 `SetDefaults_DeviceTaint`: a taint that does not say since when it is there is new. */
export function defaultResourceSlice(object: ResourceSlice, now?: Micros): ResourceSlice {
  if (now === undefined) return object;
  const timeAdded = timestamp(now);
  return refine(object, "spec", (spec) =>
    refine(spec, "devices", (devices) =>
      refineEach(devices, (device) =>
        refine(device, "taints", (taints) =>
          refineEach(taints, (taint) => fill(taint, { timeAdded })),
        ),
      ),
    ),
  );
}

interface Wish {
  readonly allocationMode?: string;
  readonly count?: number;
  readonly tolerations?: readonly DeviceToleration[];
}

function withCount<T extends Wish>(wish: T): T {
  const moded: Wish = fill<Wish>(wish, { allocationMode: "ExactCount" });
  const counted =
    moded.allocationMode === "ExactCount" && !moded.count ? { ...moded, count: 1 } : moded;
  return refine(counted, "tolerations", (list) =>
    refineEach(list, (toleration) => fill(toleration, { operator: "Equal" })),
  ) as T;
}
