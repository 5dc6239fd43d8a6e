import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from "../../types.gen.ts";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field-error.ts";
import { invalidEach } from "../meta.ts";
import { portNumberErrors } from "../names.ts";
import { targetPortErrors } from "../ports.ts";
import { labelSelectorErrors } from "../selectors.ts";
import { isIpv4, isIpv6 } from "./ip.ts";

/** networking `ValidateNetworkPolicySpec`. */
export function networkPolicyErrors({ spec }: NetworkPolicy): readonly FieldError[] {
  const errors: FieldError[] = [...labelSelectorErrors(spec?.podSelector, "spec.podSelector")];
  (spec?.ingress ?? []).forEach(({ ports = [], from = [] }, index) => {
    const at = `spec.ingress[${index}]`;
    errors.push(...portsErrors(ports, `${at}.ports`), ...peersErrors(from, `${at}.from`));
  });
  (spec?.egress ?? []).forEach(({ ports = [], to = [] }, index) => {
    const at = `spec.egress[${index}]`;
    errors.push(...portsErrors(ports, `${at}.ports`), ...peersErrors(to, `${at}.to`));
  });
  const types = ["Egress", "Ingress"];
  const chosen = spec?.policyTypes ?? [];
  if (chosen.length > types.length) {
    errors.push(
      invalidValue("spec.policyTypes", chosen, "may not specify more than two policyTypes"),
    );
    return errors;
  }
  chosen.forEach((type, index) => {
    if (!types.includes(type)) errors.push(notSupported(`spec.policyTypes[${index}]`, type, types));
  });
  return errors;
}

function portsErrors(ports: readonly NetworkPolicyPort[], path: string): readonly FieldError[] {
  return ports.flatMap(({ protocol, port, endPort }, index) => {
    const at = `${path}[${index}]`;
    const errors: FieldError[] = [];
    const protocols = ["SCTP", "TCP", "UDP"];
    if (protocol !== undefined && !protocols.includes(protocol))
      errors.push(notSupported(`${at}.protocol`, protocol, protocols));
    if (port !== undefined) {
      errors.push(...targetPortErrors(port, `${at}.port`));
      if (endPort !== undefined && typeof port === "number" && endPort < port) {
        errors.push(invalidValue(`${at}.endPort`, port, "must be greater than or equal to `port`"));
      }
      if (endPort !== undefined && typeof port === "string") {
        errors.push(
          invalidValue(`${at}.endPort`, endPort, "may not be specified when `port` is non-numeric"),
        );
      }
    } else if (endPort !== undefined) {
      errors.push(
        invalidValue(`${at}.endPort`, endPort, "may not be specified when `port` is not specified"),
      );
    }
    if (endPort !== undefined && typeof port === "number")
      errors.push(...invalidEach(`${at}.endPort`, endPort, portNumberErrors(endPort)));
    return errors;
  });
}

function peersErrors(peers: readonly NetworkPolicyPeer[], path: string): readonly FieldError[] {
  return peers.flatMap((peer, index) => {
    const at = `${path}[${index}]`;
    const { podSelector, namespaceSelector, ipBlock } = peer;
    const errors: FieldError[] = [];
    errors.push(...labelSelectorErrors(podSelector, `${at}.podSelector`));
    errors.push(...labelSelectorErrors(namespaceSelector, `${at}.namespaceSelector`));
    if (ipBlock !== undefined) {
      errors.push(...blockErrors(ipBlock, `${at}.ipBlock`));
      if (podSelector !== undefined || namespaceSelector !== undefined) {
        errors.push(forbiddenField(at, "may not specify both ipBlock and another peer"));
      }
    } else if (podSelector === undefined && namespaceSelector === undefined) {
      errors.push(required(at, "must specify a peer"));
    }
    return errors;
  });
}

/** Whether a text is a CIDR. */
function isCidr(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  if (bits === undefined || rest.length > 0 || !/^\d{1,3}$/.test(bits)) return false;
  if (isIpv4(address)) return Number(bits) <= 32;
  return isIpv6(address) && Number(bits) <= 128;
}

/** What is wrong with a CIDR. */
export function cidrErrors(text: string, field: string): readonly FieldError[] {
  return isCidr(text)
    ? []
    : [
        invalidValue(
          field,
          text,
          "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
        ),
      ];
}

function numberOf(address: string): bigint | undefined {
  if (!isIpv4(address)) return undefined;
  return address.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

function blockErrors(
  block: { readonly cidr: string; readonly except?: readonly string[] },
  path: string,
): readonly FieldError[] {
  const { cidr, except = [] } = block;
  if (!cidr) return [required(`${path}.cidr`, "")];
  const errors = [...cidrErrors(cidr, `${path}.cidr`)];
  if (errors.length > 0) return errors;
  except.forEach((inner, index) => {
    const field = `${path}.except[${index}]`;
    const bad = cidrErrors(inner, field);
    errors.push(...bad);
    if (bad.length === 0 && !isWithin(inner, cidr)) {
      errors.push(invalidValue(field, inner, `must be a strict subset of \`cidr\``));
    }
  });
  return errors;
}

function isWithin(inner: string, outer: string): boolean {
  const [from = "", bits = "0"] = outer.split("/");
  const [address = "", length = "0"] = inner.split("/");
  const [base, value] = [numberOf(from), numberOf(address)];
  if (base === undefined || value === undefined) return base === undefined && value === undefined;
  const shift = BigInt(32 - Number(bits));
  return base >> shift === value >> shift && Number(length) > Number(bits);
}
