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
import { cidrErrors, isProperSubrange, isRange } from "./ip-errors.ts";

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

function blockErrors(
  block: { readonly cidr: string; readonly except?: readonly string[] },
  path: string,
): readonly FieldError[] {
  const { cidr, except = [] } = block;
  if (!cidr) return [required(`${path}.cidr`, "")];
  const errors = [...cidrErrors(cidr, `${path}.cidr`)];
  if (!isRange(cidr)) return errors;
  except.forEach((inner, index) => {
    const field = `${path}.except[${index}]`;
    errors.push(...cidrErrors(inner, field));
    if (!isProperSubrange(inner, cidr)) {
      errors.push(invalidValue(field, inner, "must be a strict subset of `cidr`"));
    }
  });
  return errors;
}
