import { anyOf, described, number, pattern } from "./schema.ts";

/** A span of virtual time: `90s`, `1m30s`, `250ms`. */
export const span = described(
  pattern("^(0|(\\d+(\\.\\d+)?(us|µs|ms|s|m|h|d))+)$", "a duration like 30s or 1m30s"),
  "A span of virtual time.",
  "30s",
  "1m30s",
  "250ms",
);

/** A Kubernetes quantity. */
export const quantity = described(
  anyOf(
    'a quantity like "500m", 2 or 4Gi',
    pattern(
      "^[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+|[KMGTPE]i|[numkMGTPE])?$",
      'a quantity like "500m", 2 or 4Gi',
    ),
    number(),
  ),
  "A Kubernetes quantity.",
  "500m",
  "4Gi",
);
