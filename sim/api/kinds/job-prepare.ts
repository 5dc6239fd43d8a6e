import type { Job, LabelSelector } from "../types.gen.ts";

/** Labels of a Job's pods: the prefixed names and the ones from before the prefix. */
export function jobLabels(name: string, uid: string): Readonly<Record<string, string>> {
  return {
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": name,
    "controller-uid": uid,
    "job-name": name,
  };
}

/** A new Job selects its pods by its own UID, unless it brings a selector of its own. */
export function prepareJobCreate(job: Job): Job {
  const { spec } = job;
  if (spec === undefined || spec.manualSelector === true) return job;
  const { name, uid = "" } = job.metadata;
  const { template } = spec;
  const selector: LabelSelector = {
    ...spec.selector,
    matchLabels: {
      "batch.kubernetes.io/controller-uid": uid,
      ...spec.selector?.matchLabels,
    },
  };
  const metadata = {
    ...template.metadata,
    labels: { ...jobLabels(name, uid), ...template.metadata?.labels },
  };
  const next = { ...job, spec: { ...spec, selector, template: { ...template, metadata } } };
  // A Job that took its labels over from its template shares them with it, these included.
  const shared =
    job.metadata.labels !== undefined && job.metadata.labels === template.metadata?.labels;
  if (shared) return { ...next, metadata: { ...job.metadata, labels: metadata.labels } };
  return next;
}
