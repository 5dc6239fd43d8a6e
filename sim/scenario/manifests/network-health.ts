import { labelsInclude } from "../../api/meta/selector.ts";
import { keyOf, makeKey } from "../../api/object.ts";
import type { EndpointSlice, Ingress, Pod, Service } from "../../api/types.gen.ts";
import type { StateView } from "../expect/state-view.ts";
import type { Health, HealthRule } from "./health-rule.ts";
import { troubleAmong } from "./pod-health.ts";

function addressesOf(service: Service, view: StateView): { ready: number; all: number } {
  let ready = 0;
  let all = 0;
  for (const object of view.list("EndpointSlice")) {
    const { metadata, endpoints } = object as EndpointSlice;
    const owner = makeKey(
      metadata.namespace,
      metadata.labels?.["kubernetes.io/service-name"] ?? "",
    );
    if (owner !== keyOf(service)) continue;
    for (const { addresses, conditions } of endpoints ?? []) {
      all += addresses.length;
      if (conditions?.ready !== false) ready += addresses.length;
    }
  }
  return { ready, all };
}

function serviceHealth(service: Service, view: StateView): Health {
  const { type, selector, externalName } = service.spec ?? {};
  if (type === "ExternalName") return { state: "fine", why: `stands for ${externalName ?? ""}` };
  const wanted = selector as Readonly<Record<string, string>> | undefined;
  const { ready } = addressesOf(service, view);
  if (ready > 0) return { state: "fine", why: `${ready} address${ready === 1 ? "" : "es"}` };
  if (wanted === undefined || Object.keys(wanted).length === 0)
    return { state: "stored", why: "has no selector: somebody else must fill its endpoints" };
  const picks = ({ metadata }: Pod): boolean =>
    metadata.namespace === service.metadata.namespace && labelsInclude(metadata.labels, wanted);
  const selected = [...view.list("Pod")].filter((pod) => picks(pod as Pod)).length;
  const text = Object.entries(wanted)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  if (selected === 0)
    return { state: "failing", why: `no endpoints: no pod has the labels ${text}` };
  return {
    state: "failing",
    why: `no endpoints: none of ${selected} pods is ready (${troubleAmong(view, picks) ?? "not ready"})`,
  };
}

function ingressHealth(ingress: Ingress, view: StateView): Health {
  const missing: string[] = [];
  const check = (name: string | undefined): void => {
    if (
      name !== undefined &&
      view.get("Service", makeKey(ingress.metadata.namespace, name)) === undefined
    )
      missing.push(name);
  };
  check(ingress.spec?.defaultBackend?.service?.name);
  for (const { http } of ingress.spec?.rules ?? [])
    for (const { backend } of http?.paths ?? []) check(backend.service?.name);
  if (missing.length > 0)
    return { state: "failing", why: `there is no Service ${[...new Set(missing)].join(", ")}` };
  return {
    state: "stored",
    why: "its Services exist; there is no ingress controller here to act on it",
  };
}

/** Kinds that lead traffic. */
export const networkHealth: Readonly<Record<string, HealthRule>> = {
  Service: (object, view) => serviceHealth(object as Service, view),
  Ingress: (object, view) => ingressHealth(object as Ingress, view),
  NetworkPolicy: () => ({ state: "stored", why: "stored; policies are not enforced" }),
};
