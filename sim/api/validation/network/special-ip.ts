import { type FieldError, invalidValue } from "../field-error.ts";
import { isIpv4, isIpv6 } from "./ip.ts";

/** core `ValidateNonSpecialIP`: addresses that mean something of their own are no endpoints. */
export function specialIpErrors(ip: string, field: string): readonly FieldError[] {
  if (!isIpv4(ip) && !isIpv6(ip)) return [invalidValue(field, ip, "must be a valid IP address")];
  const lower = ip.toLowerCase();
  if (ip === "0.0.0.0" || ip === "::") {
    return [invalidValue(field, ip, `may not be unspecified (${ip})`)];
  }
  const why =
    ip.startsWith("127.") || ip === "::1"
      ? "may not be in the loopback range (127.0.0.0/8, ::1/128)"
      : ip.startsWith("169.254.") || /^fe[89ab][0-9a-f]:/.test(lower)
        ? "may not be in the link-local range (169.254.0.0/16, fe80::/10)"
        : ip.startsWith("224.0.0.") || /^ff.2:/.test(lower)
          ? "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"
          : undefined;
  return why === undefined ? [] : [invalidValue(field, ip, why)];
}
