const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/;
const GROUPS = /^[0-9a-fA-F]{1,4}$/;

/** Whether a text is an IPv4 address without leading zeros. */
export function isIpv4(text: string): boolean {
  return IPV4.test(text);
}

/** Whether a text is an IPv6 address. */
export function isIpv6(text: string): boolean {
  const halves = text.split("::");
  if (halves.length > 2 || !text.includes(":")) return false;
  let count = 0;
  const lastHalf = halves.length - 1;
  for (const [nth, half] of halves.entries()) {
    if (half === "") continue;
    const groups = half.split(":");
    for (const [at, group] of groups.entries()) {
      if (nth === lastHalf && at === groups.length - 1 && isIpv4(group)) count += 2;
      else if (GROUPS.test(group)) count++;
      else return false;
    }
  }
  return halves.length === 2 ? count < 8 : count === 8;
}

const LEADING_ZEROS = /^0+(?=\d)/;

/** An IPv4 address with its leading zeros, which old clients wrote, taken away. */
export function withoutZeros(text: string): string {
  return text
    .split(".")
    .map((part) => part.replace(LEADING_ZEROS, ""))
    .join(".");
}
