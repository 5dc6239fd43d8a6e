import type {
  CronJob,
  DaemonSet,
  Deployment,
  Job,
  JobSpec,
  PersistentVolumeClaim,
  PodTemplate,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
  StatefulSetSpec,
} from "../types.gen.ts";
import { fill, refine, refineEach } from "./fill.ts";
import { defaultPodTemplate } from "./pod/defaults.ts";
import { sameValue } from "./same-value.ts";
import { defaultClaim } from "./storage-defaults.ts";

/** apps/v1 `SetDefaults_Deployment`. */
export function defaultDeployment(object: Deployment): Deployment {
  return refine(object, "spec", (spec) => {
    const next = fill(refine(spec, "template", defaultPodTemplate), {
      replicas: 1,
      strategy: {},
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    });
    return refine(next, "strategy", (strategy) => {
      const typed = fill(strategy, { type: "RollingUpdate" });
      if (typed.type !== "RollingUpdate") return typed;
      return refine(fill(typed, { rollingUpdate: {} }), "rollingUpdate", (rolling) =>
        fill(rolling, { maxUnavailable: "25%", maxSurge: "25%" }),
      );
    });
  });
}

/** apps/v1 `SetDefaults_ReplicaSet`. */
export function defaultReplicaSet(object: ReplicaSet): ReplicaSet {
  return refine(object, "spec", (spec) =>
    fill(refine(spec, "template", defaultPodTemplate), { replicas: 1 }),
  );
}

/** apps/v1 `SetDefaults_DaemonSet`. */
export function defaultDaemonSet(object: DaemonSet): DaemonSet {
  return refine(object, "spec", (spec) => {
    const next = fill(refine(spec, "template", defaultPodTemplate), {
      updateStrategy: {},
      revisionHistoryLimit: 10,
    });
    return refine(next, "updateStrategy", (strategy) => {
      const typed = fill(strategy, { type: "RollingUpdate" });
      if (typed.type !== "RollingUpdate") return typed;
      return refine(fill(typed, { rollingUpdate: {} }), "rollingUpdate", (rolling) =>
        fill(rolling, { maxUnavailable: 1, maxSurge: 0 }),
      );
    });
  });
}

const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";

/** A DaemonSet counts the changes of its template in an annotation, as it did before there were revisions. */
export function prepareDaemonSet(object: DaemonSet, before?: DaemonSet): DaemonSet {
  const last = before?.metadata.annotations?.[TEMPLATE_GENERATION];
  const changed = before !== undefined && !sameValue(object.spec?.template, before.spec?.template);
  const count = last === undefined ? 1 : Number(last) + (changed ? 1 : 0);
  const annotations = {
    ...object.metadata.annotations,
    [TEMPLATE_GENERATION]: String(count),
  };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** apps/v1 `SetDefaults_StatefulSet`; `maxUnavailable` is dropped: its feature is off in v1.36. */
export function defaultStatefulSet(object: StatefulSet): StatefulSet {
  return refine(object, "spec", (spec) => {
    let next: StatefulSetSpec = fill(refine(spec, "template", defaultPodTemplate), {
      podManagementPolicy: "OrderedReady",
      updateStrategy: {},
      replicas: 1,
      revisionHistoryLimit: 10,
      persistentVolumeClaimRetentionPolicy: {},
    });
    next = refine(next, "updateStrategy", (strategy) => {
      const typed = fill(strategy, { type: "RollingUpdate" });
      if (typed.type !== "RollingUpdate") return typed;
      return refine(fill(typed, { rollingUpdate: {} }), "rollingUpdate", (rolling) => {
        const { maxUnavailable: _off, ...kept } = rolling;
        return fill(rolling.maxUnavailable === undefined ? rolling : kept, { partition: 0 });
      });
    });
    next = refine(next, "persistentVolumeClaimRetentionPolicy", (policy) =>
      fill(policy, { whenDeleted: "Retain", whenScaled: "Retain" }),
    );
    return refine(next, "volumeClaimTemplates", (claims) => refineEach(claims, claimTemplate));
  });
}

function claimTemplate(claim: PersistentVolumeClaim): PersistentVolumeClaim {
  return fill(defaultClaim(claim), { kind: "PersistentVolumeClaim", apiVersion: "v1" });
}

/** core/v1 `SetDefaults_ReplicationController`: selector and labels come from the template. */
export function defaultReplicationController(object: ReplicationController): ReplicationController {
  const labels = object.spec?.template?.metadata?.labels;
  const labelled =
    labels === undefined
      ? object
      : refine(object, "metadata", (metadata) => fill(metadata, { labels }));
  return refine(labelled, "spec", (spec) =>
    fill(refine(spec, "template", defaultPodTemplate), {
      replicas: 1,
      ...(labels === undefined ? {} : { selector: labels }),
    }),
  );
}

/** core/v1 `SetDefaults_PodTemplate`. */
export function defaultPodTemplateObject(object: PodTemplate): PodTemplate {
  return refine(object, "template", defaultPodTemplate);
}

/** Largest int32: upstream's "no limit" for retries that are counted per index. */
const UNLIMITED = 2_147_483_647;

/** batch/v1 `SetDefaults_Job`. Labels are taken from the template again when the object is read back. */
export function defaultJob(object: Job): Job {
  const spec = object.spec;
  if (spec === undefined) return object;
  const open = spec.completions === undefined && spec.parallelism === undefined;
  const next = refine(object, "spec", (before) =>
    fill(refine(failurePolicyOf(before), "template", defaultPodTemplate), {
      ...(open ? { completions: 1 } : {}),
      parallelism: 1,
      backoffLimit: spec.backoffLimitPerIndex === undefined ? 6 : UNLIMITED,
      completionMode: "NonIndexed",
      suspend: false,
      podReplacementPolicy: spec.podFailurePolicy === undefined ? "TerminatingOrFailed" : "Failed",
      manualSelector: false,
    }),
  );
  return labelledFromTemplate(next);
}

/** A condition that a failure policy looks for is to be true, unless it says otherwise. */
function failurePolicyOf(job: JobSpec): JobSpec {
  return refine(job, "podFailurePolicy", (policy) =>
    refine(policy, "rules", (rules) =>
      refineEach(rules, (rule) =>
        refine(rule, "onPodConditions", (conditions) =>
          refineEach(conditions, (condition) => fill(condition, { status: "True" })),
        ),
      ),
    ),
  );
}

/** A Job without labels of its own carries its template's. */
export function labelledFromTemplate(object: Job): Job {
  const labels = object.spec?.template?.metadata?.labels;
  if (labels === undefined) return object;
  return refine(object, "metadata", (metadata) => fill(metadata, { labels }));
}

/** batch/v1 `SetDefaults_CronJob`; the job inside keeps its gaps, its pod template and failure policy do not. */
export function defaultCronJob(object: CronJob): CronJob {
  return refine(object, "spec", (spec) => {
    const next = fill(spec, {
      concurrencyPolicy: "Allow",
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
    return refine(next, "jobTemplate", (template) =>
      refine(template, "spec", (job) =>
        refine(failurePolicyOf(job), "template", defaultPodTemplate),
      ),
    );
  });
}
