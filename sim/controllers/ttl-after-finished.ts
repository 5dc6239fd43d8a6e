import { parseTimestamp } from "../api/meta/time.ts";
import type { KubeObject } from "../api/object.ts";
import type { Job } from "../api/types.gen.ts";
import { type Micros, SECOND } from "../engine/time.ts";
import type { Controller } from "./runtime/controller.ts";

/** Deletes finished Jobs `ttlSecondsAfterFinished` after their end, dependents first. */
export function ttlAfterFinished(): Controller {
  return {
    name: "ttl-after-finished-controller",
    for: "Job",
    concerns: (after) => after !== undefined && expiry(after) !== undefined,
    reconcile(key, { client, now }) {
      const seen = client.get("Job", key);
      const at = seen === undefined ? undefined : expiry(seen);
      if (at === undefined) return undefined;
      if (now < at) return { requeueAfter: at - now };
      // The cache may show a Job whose ttl was raised meanwhile.
      const job = client.live("Job", key);
      const fresh = job === undefined ? undefined : expiry(job);
      if (job === undefined || fresh === undefined) return undefined;
      if (now < fresh) return { requeueAfter: fresh - now };
      const { uid, resourceVersion } = job.metadata;
      const preconditions = { uid, resourceVersion };
      client.delete("Job", key, { propagationPolicy: "Foreground", preconditions });
      return undefined;
    },
  };
}

/** When a Job is to be deleted; `undefined` for one that has not ended, is being deleted or may stay. */
function expiry(object: KubeObject): Micros | undefined {
  const { metadata, spec, status } = object as Job;
  const seconds = spec?.ttlSecondsAfterFinished;
  if (seconds === undefined || metadata.deletionTimestamp !== undefined) return undefined;
  const end = status?.conditions?.find(
    ({ type, status: value }) => (type === "Complete" || type === "Failed") && value === "True",
  );
  if (end === undefined) return undefined;
  return (parseTimestamp(end.lastTransitionTime) ?? 0) + seconds * SECOND;
}
