import { defaultTolerationSeconds } from "../../../sim/api/admission/default-toleration-seconds.ts";
import type { AdmissionPlugin } from "../../../sim/api/admission/plugin.ts";
import { priority } from "../../../sim/api/admission/priority.ts";
import { runtimeClass } from "../../../sim/api/admission/runtime-class.ts";
import { serviceAccount } from "../../../sim/api/admission/service-account.ts";
import {
  storageObjectInUseProtection,
  taintNodesByCondition,
} from "../../../sim/api/admission/small-plugins.ts";
import type { KindDescriptor } from "../../../sim/api/kinds/descriptor.ts";
import {
  applyDefaults,
  decodeObject,
  prepareCreate,
  validateCreate,
} from "../../../sim/api/kinds/strategy.ts";
import type { KubeObject } from "../../../sim/api/object.ts";

const plugins: readonly AdmissionPlugin[] = [
  serviceAccount,
  taintNodesByCondition,
  priority,
  defaultTolerationSeconds,
  storageObjectInUseProtection,
  runtimeClass,
];

/** Group, version, plural and namespace of a collection's URL. */
export function parsePath(path: string) {
  const parts = (path.split("?")[0] ?? "").split("/").filter((part) => part !== "");
  const core = parts[0] === "api";
  const group = core ? "" : (parts[1] ?? "");
  const version = (core ? parts[1] : parts[2]) ?? "";
  let rest = parts.slice(core ? 2 : 3);
  let namespace: string | undefined;
  if (rest[0] === "namespaces" && rest.length > 2) {
    namespace = rest[1];
    rest = rest.slice(2);
  }
  return { group, version, plural: rest[0] ?? "", namespace, name: rest[1], subresource: rest[2] };
}

/** The UID of every object here. */
export const UID = "7b23e6f2-61d2-45a2-8e47-e6005fe7430b";

/** What the pure part of a create makes of a body, with the plugins that defaults depend on. */
export function createPurely(
  descriptor: KindDescriptor,
  served: { group: string; version: string; namespace: string | undefined },
  body: unknown,
  lookup: (kind: string, key: string) => KubeObject | undefined,
) {
  const { object: decoded, strictErrors } = decodeObject(descriptor, served, body);
  const metadata = {
    ...decoded.metadata,
    ...(served.namespace === undefined ? {} : { namespace: served.namespace }),
  };
  const { generateName, name } = metadata;
  const named = name || (generateName ? `${generateName}xxxxx` : "");
  let object: KubeObject = {
    ...decoded,
    metadata: {
      ...metadata,
      name: named,
      uid: UID,
      resourceVersion: "",
      creationTimestamp: "2026-01-01T00:00:00Z",
    },
  };
  object = applyDefaults(descriptor, object);
  const request = {
    operation: "CREATE" as const,
    descriptor,
    subresource: undefined,
    namespace: served.namespace,
    name: named,
    before: undefined,
    user: { name: "test" },
    dryRun: false,
    warnings: [],
  };
  const reader = { now: 0, get: lookup, list: () => [] };
  for (const plugin of plugins) {
    object = plugin.mutate?.({ ...request, object }, reader) ?? object;
  }
  object = prepareCreate(descriptor, object);
  const errors = validateCreate(descriptor, object, { now: 0 });
  return { object, errors, strictErrors };
}
