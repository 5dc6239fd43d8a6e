import { decodeBase64Text } from "../../kinds/base64.ts";
import type { Node, Secret, Service } from "../../types.gen.ts";
import { goQuote } from "../go-text.ts";
import { cidrWarnings, ipWarnings } from "../network/ip-warnings.ts";

const OLD_HINTS = "service.kubernetes.io/topology-aware-hints";

/** Texts that come with a service. */
export function serviceWarnings({ metadata, spec = {} }: Service): readonly string[] {
  const texts: string[] = [];
  const { type, clusterIP = "", clusterIPs = [], externalIPs = [], loadBalancerIP = "" } = spec;
  if (metadata.annotations?.[OLD_HINTS] !== undefined) {
    const use = "service.kubernetes.io/topology-mode";
    texts.push(`annotation ${OLD_HINTS} is deprecated, please use ${use} instead`);
  }
  const each = (list: readonly string[], field: string, rule: typeof ipWarnings) => {
    list.forEach((text, index) => {
      texts.push(...rule(text, `${field}[${index}]`));
    });
  };
  if (clusterIP !== "" && clusterIP !== "None") each(clusterIPs, "spec.clusterIPs", ipWarnings);
  const headless = type === "ClusterIP" && clusterIP === "None";
  const ignored = (set: boolean, field: string) => {
    if (set && headless) texts.push(`spec.${field} is ignored for headless services`);
  };
  ignored(loadBalancerIP !== "", "loadBalancerIP");
  ignored(externalIPs.length > 0, "externalIPs");
  ignored(spec.sessionAffinity !== "None", "SessionAffinity");
  each(externalIPs, "spec.externalIPs", ipWarnings);
  if (externalIPs.length > 0 && !headless && type !== "ExternalName") {
    texts.push("spec.externalIPs is deprecated and may no longer be implemented in some clusters");
  }
  if (loadBalancerIP !== "") texts.push(...ipWarnings(loadBalancerIP, "spec.loadBalancerIP"));
  each(spec.loadBalancerSourceRanges ?? [], "spec.loadBalancerSourceRanges", cidrWarnings);
  if (type === "ExternalName" && externalIPs.length > 0) {
    texts.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  }
  if (type !== "ExternalName" && spec.externalName) {
    texts.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  }
  if (spec.trafficDistribution === "PreferClose") {
    const [old, use] = ["PreferClose", "PreferSameZone"].map(goQuote);
    texts.push(`spec.trafficDistribution: ${old} is deprecated; use ${use}`);
  }
  return texts;
}

/** Texts that come with a node: fields that nobody reads any more. */
export function nodeWarnings({ spec = {} }: Node): readonly string[] {
  const texts: string[] = [];
  if (spec.configSource !== undefined) texts.push("spec.configSource: the feature is removed");
  if (spec.externalID) {
    texts.push("spec.externalID: this field is deprecated, and is unused by Kubernetes");
  }
  spec.podCIDRs?.forEach((range, index) => {
    texts.push(...cidrWarnings(range, `spec.podCIDRs[${index}]`));
  });
  return texts;
}

/** Texts that come with a secret: what its certificate looks like. */
export function secretWarnings({ type, data = {} }: Secret): readonly string[] {
  if (type !== "kubernetes.io/tls") return [];
  for (const [key, name] of [
    ["tls.crt", "certificate"],
    ["tls.key", "key"],
  ] as const) {
    const text = decodeBase64Text(data[key] ?? "");
    if (!text.includes("-----BEGIN ")) {
      return [`tls: failed to find any PEM data in ${name} input`];
    }
  }
  return [];
}
