import { canonicalQuantity } from "../../meta/quantity.ts";
import type {
  ComponentStatus,
  ConfigMap,
  Lease,
  Namespace,
  PriorityClass,
  ResourceQuota,
  RuntimeClass,
  Secret,
} from "../../types.gen.ts";
import type { KindPrinter } from "./printer.ts";
import { age, columns, printer } from "./printer.ts";
import { sortedSet } from "./text.ts";

export const componentStatusPrinter: KindPrinter = printer<ComponentStatus>(
  columns("Name", "Status", "Message", "Error"),
  ({ metadata, conditions }) => {
    const healthy = conditions?.find(({ type }) => type === "Healthy");
    const status =
      healthy === undefined ? "Unknown" : healthy.status === "True" ? "Healthy" : "Unhealthy";
    return [metadata.name, status, healthy?.message ?? "", healthy?.error ?? ""];
  },
);

function size(map: Readonly<Record<string, unknown>> | undefined): number {
  return Object.keys(map ?? {}).length;
}

export const configMapPrinter: KindPrinter = printer<ConfigMap>(
  columns("Name", "Data", "Age"),
  (object, context) => [
    object.metadata.name,
    size(object.data) + size(object.binaryData),
    age(object, context),
  ],
);

export const secretPrinter: KindPrinter = printer<Secret>(
  columns("Name", "Type", "Data", "Age"),
  (object, context) => [
    object.metadata.name,
    object.type ?? "",
    size(object.data),
    age(object, context),
  ],
);

/** What `--subresource=scale` shows of any kind that has it. */
export const scalePrinter: KindPrinter = printer(
  columns("Name", "Desired|integer", "Available|integer", "Age"),
  (object, context) => {
    const { spec, status } = object as {
      readonly spec?: { readonly replicas?: number };
      readonly status?: { readonly replicas?: number };
    };
    return [object.metadata.name, spec?.replicas ?? 0, status?.replicas ?? 0, age(object, context)];
  },
);

export const namespacePrinter: KindPrinter = printer<Namespace>(
  columns("Name", "Status", "Age"),
  (object, context) => [object.metadata.name, object.status?.phase ?? "", age(object, context)],
);

function canonical(quantity: string | undefined): string {
  return quantity === undefined ? "0" : (canonicalQuantity(quantity) ?? quantity);
}

export const resourceQuotaPrinter: KindPrinter = printer<ResourceQuota>(
  columns("Name", "Request", "Limit", "Age"),
  (object, context) => {
    const { hard = {}, used = {} } = object.status ?? {};
    const requests: string[] = [];
    const limits: string[] = [];
    for (const resource of sortedSet(Object.keys(hard))) {
      const text = `${resource}: ${canonical(used[resource])}/${canonical(hard[resource])}`;
      (resource.startsWith("limits.") ? limits : requests).push(text);
    }
    return [object.metadata.name, requests.join(", "), limits.join(", "), age(object, context)];
  },
);

export const leasePrinter: KindPrinter = printer<Lease>(
  columns("Name", "Holder", "Age"),
  (object, context) => [
    object.metadata.name,
    object.spec?.holderIdentity ?? "",
    age(object, context),
  ],
);

export const priorityClassPrinter: KindPrinter = printer<PriorityClass>(
  columns("Name", "Value|integer", "Global-Default|boolean", "Age", "PreemptionPolicy"),
  (object, context) => [
    object.metadata.name,
    object.value ?? 0,
    object.globalDefault ?? false,
    age(object, context),
    object.preemptionPolicy ?? "",
  ],
);

export const runtimeClassPrinter: KindPrinter = printer<RuntimeClass>(
  columns("Name", "Handler", "Age"),
  (object, context) => [object.metadata.name, object.handler, age(object, context)],
);
