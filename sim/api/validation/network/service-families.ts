import type { Service, ServiceSpec } from "../../types.gen.ts";
import { type FieldError, invalidValue } from "../field-error.ts";
import { isIpv6 } from "./ip.ts";
import { clusterIpErrors } from "./service.ts";

/**
 * What upstream's address allocator refuses before it allocates, on a cluster that has IPv4 only: the fields about addresses by
 * themselves first, then what they ask of the cluster (registry/core/service/storage `initIPFamilyFields`).
 */
export function familyErrors({ spec = {} }: Service): readonly FieldError[] {
  if (spec.type === "ExternalName") return [];
  const own = clusterIpErrors(spec);
  if (own.length > 0) return own;
  const together = policyErrors(spec);
  if (together.length > 0) return together;
  const { clusterIP, ipFamilies = [], ipFamilyPolicy, selector = {} } = spec;
  // Nobody gives addresses to a headless service without a selector: it may have any family.
  if (clusterIP === "None" && Object.keys(selector).length === 0) return [];
  const errors: FieldError[] = [];
  if (ipFamilyPolicy === "RequireDualStack") {
    const why = "this cluster is not configured for dual-stack services";
    errors.push(invalidValue("spec.ipFamilyPolicy", ipFamilyPolicy, why));
  }
  ipFamilies.forEach((family, index) => {
    if (family === "IPv4") return;
    errors.push(
      invalidValue(`spec.ipFamilies[${index}]`, family, "not configured on this cluster"),
    );
  });
  return errors;
}

function policyErrors(spec: ServiceSpec): readonly FieldError[] {
  const { clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  const errors: FieldError[] = [];
  const single = (count: number, what: string) => {
    if (ipFamilyPolicy !== "SingleStack" || count !== 2) return;
    const why = `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`;
    errors.push(invalidValue("spec.ipFamilyPolicy", ipFamilyPolicy, why));
  };
  single(clusterIPs.length, "cluster IPs");
  single(ipFamilies.length, "IP families");
  clusterIPs.forEach((ip, index) => {
    if (clusterIPs[0] === "None" || index < ipFamilies.length || !isIpv6(ip)) return;
    const why = "IPv6 is not configured on this cluster";
    errors.push(invalidValue(`spec.clusterIPs[${index}]`, clusterIPs, why));
  });
  return errors;
}
