import type { Endpoints } from "../../types.gen.ts";
import { type FieldError, required } from "../field-error.ts";
import { invalidEach } from "../meta.ts";
import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  portNumberErrors,
  qualifiedNameErrors,
} from "../names.ts";
import { protocolErrors } from "../ports.ts";
import { ipErrors } from "./ip-errors.ts";
import { specialIpErrors } from "./special-ip.ts";

/** core `ValidateEndpoints`: subsets. */
export function endpointsErrors({ subsets = [] }: Endpoints): readonly FieldError[] {
  return subsets.flatMap((subset, index) => {
    const at = `subsets[${index}]`;
    const errors: FieldError[] = [];
    const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
    if (addresses.length === 0 && notReadyAddresses.length === 0) {
      errors.push(required(at, "must specify `addresses` or `notReadyAddresses`"));
    }
    for (const [key, list] of Object.entries({ addresses, notReadyAddresses })) {
      list.forEach(({ ip, hostname = "", nodeName }, nth) => {
        const place = `${at}.${key}[${nth}]`;
        errors.push(...ipErrors(ip, `${place}.ip`));
        if (hostname !== "") {
          errors.push(...invalidEach(`${place}.hostname`, hostname, dnsLabelErrors(hostname)));
        }
        if (nodeName !== undefined) {
          errors.push(...invalidEach(`${place}.nodeName`, nodeName, dnsSubdomainErrors(nodeName)));
        }
        errors.push(...specialIpErrors(ip, `${place}.ip`));
      });
    }
    ports.forEach(({ name = "", port, protocol = "", appProtocol }, nth) => {
      const place = `${at}.ports[${nth}]`;
      if (ports.length > 1 && name === "") errors.push(required(`${place}.name`, ""));
      else if (name !== "")
        errors.push(...invalidEach(`${place}.name`, name, dnsLabelErrors(name)));
      errors.push(...invalidEach(`${place}.port`, port, portNumberErrors(port)));
      errors.push(...protocolErrors(protocol, `${place}.protocol`));
      if (appProtocol === undefined) return;
      const texts = qualifiedNameErrors(appProtocol);
      errors.push(...invalidEach(`${place}.appProtocol`, appProtocol, texts));
    });
    return errors;
  });
}
