import { describe } from "vitest";
import { check, withSpec } from "./refusal-rows.ts";

/* Values that older API servers took and v1.36 refuses. */

const rule = { ports: [{ port: 80 }] };
const ZEROS = "must not have leading 0s";

describe("a Service's addresses", () => {
  check("/api/v1/namespaces/default/services", (part) => withSpec({ ...rule, ...part }), [
    [
      "zeros before a number",
      { externalIPs: ["010.0.0.1"] },
      `spec.externalIPs[0]: Invalid value: "010.0.0.1": ${ZEROS}`,
    ],
    [
      "IPv4 in IPv6's clothes",
      { externalIPs: ["::ffff:1.2.3.4", "::ffff:1.2.3.04"] },
      `[spec.externalIPs[0]: Invalid value: "::ffff:1.2.3.4": must not be an IPv4-mapped IPv6 address, spec.externalIPs[1]: Invalid value: "::ffff:1.2.3.04": ${ZEROS}]`,
    ],
    [
      "a clusterIP with zeros",
      { clusterIP: "10.0.0.05" },
      `spec.clusterIPs[0]: Invalid value: "10.0.0.05": ${ZEROS}`,
    ],
    [
      "ranges that are none or more than a range",
      {
        type: "LoadBalancer",
        loadBalancerSourceRanges: ["010.0.0.0/8", "10.0.0.0/08", "10.0.0.5/24", "10.0.0.0/33"],
      },
      [
        `[spec.LoadBalancerSourceRanges[0]: Invalid value: "010.0.0.0/8": ${ZEROS} in IP or prefix length`,
        `spec.LoadBalancerSourceRanges[1]: Invalid value: "10.0.0.0/08": ${ZEROS} in IP or prefix length`,
        'spec.LoadBalancerSourceRanges[2]: Invalid value: "10.0.0.5/24": must not have bits set beyond the prefix length',
        'spec.LoadBalancerSourceRanges[3]: Invalid value: "10.0.0.0/33": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)]',
      ].join(", "),
    ],
  ]);
});

describe("a NetworkPolicy's blocks", () => {
  const block = (ipBlock: object) =>
    withSpec({ podSelector: {}, ingress: [{ from: [{ ipBlock }] }] });
  const at = "spec.ingress[0].from[0].ipBlock";
  check("/apis/networking.k8s.io/v1/namespaces/default/networkpolicies", block, [
    [
      "an address instead of a range",
      { cidr: "10.0.0.5/8" },
      `${at}.cidr: Invalid value: "10.0.0.5/8": must not have bits set beyond the prefix length`,
    ],
    [
      "exceptions of another family or outside",
      { cidr: "2001:db8::/32", except: ["10.0.0.0/8", "2001:db9::/48"] },
      `[${at}.except[0]: Invalid value: "10.0.0.0/8": must be a strict subset of \`cidr\`, ${at}.except[1]: Invalid value: "2001:db9::/48": must be a strict subset of \`cidr\`]`,
    ],
    [
      "an exception with zeros",
      { cidr: "10.0.0.0/8", except: ["010.1.0.0/16"] },
      `${at}.except[0]: Invalid value: "010.1.0.0/16": ${ZEROS} in IP or prefix length`,
    ],
  ]);
});

describe("a ServiceCIDR", () => {
  check("/apis/networking.k8s.io/v1/servicecidrs", withSpec, [
    [
      "a range not in its canonical form",
      { cidrs: ["2001:DB8::/64"] },
      'spec.cidrs[0]: Invalid value: "2001:DB8::/64": must be in canonical form ("2001:db8::/64")',
    ],
  ]);
});

describe("an IPAddress's name", () => {
  const named = ({ name }: { readonly name: string }) => ({
    metadata: { name },
    spec: { parentRef: { resource: "services", name: "s", namespace: "default" } },
  });
  check("/apis/networking.k8s.io/v1/ipaddresses", named, [
    [
      "no address",
      { name: "x" },
      'metadata.name: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
    [
      "another form",
      { name: "2001:DB8::1" },
      'metadata.name: Invalid value: "2001:DB8::1": must be in canonical form ("2001:db8::1")',
    ],
  ]);
});

describe("a StatefulSet's claims", () => {
  const set = (claim: object) =>
    withSpec({
      selector: { matchLabels: { a: "b" } },
      template: {
        metadata: { labels: { a: "b" } },
        spec: { containers: [{ name: "m", image: "i" }] },
      },
      volumeClaimTemplates: [{ metadata: { name: "data" }, spec: claim }],
    });
  check("/apis/apps/v1/namespaces/default/statefulsets", set, [
    [
      "a claim of nothing",
      {},
      "[spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required, spec.volumeClaimTemplates[0].spec.resources[storage]: Required value]",
    ],
  ]);
});

describe("a CronJob's schedule", () => {
  const job = {
    template: { spec: { restartPolicy: "Never", containers: [{ name: "m", image: "i" }] } },
  };
  const cron = (part: object) => withSpec({ ...part, jobTemplate: { spec: job } });
  const place = "spec.schedule: Invalid value:";
  const noZone = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
  check("/apis/batch/v1/namespaces/default/cronjobs", cron, [
    [
      "a zone of its own",
      { schedule: "TZ=America/New_York * * * * *" },
      `${place} "TZ=America/New_York * * * * *": ${noZone}`,
    ],
    [
      "a zone that is none",
      { schedule: "CRON_TZ=Mars/Olympus * * * * *" },
      `[${place} "CRON_TZ=Mars/Olympus * * * * *": provided bad location Mars/Olympus: unknown time zone Mars/Olympus, ${place} "CRON_TZ=Mars/Olympus * * * * *": ${noZone}]`,
    ],
  ]);
});

describe("a Job's name", () => {
  const name = "j".repeat(64);
  const job = (labels: object) => ({
    metadata: { name },
    spec: {
      template: {
        metadata: labels,
        spec: { restartPolicy: "Never", containers: [{ name: "m", image: "i" }] },
      },
    },
  });
  const long = `Invalid value: "${name}": must be no more than 63 bytes`;
  check("/apis/batch/v1/namespaces/default/jobs", job, [
    ["its pods' labels", {}, `spec.template.labels: ${long}`],
    [
      "labels that it shares with its pods",
      { labels: { a: "b" } },
      `[metadata.labels: ${long}, spec.template.labels: ${long}]`,
    ],
  ]);
});
