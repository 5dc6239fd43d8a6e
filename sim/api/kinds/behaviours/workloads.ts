import type { KubeObject } from "../../object.ts";
import type {
  ControllerRevision,
  CronJob,
  DaemonSet,
  Deployment,
  Job,
  JobSpec,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from "../../types.gen.ts";
import { invalidEach } from "../../validation/meta.ts";
import { dnsLabelErrors, tooLongText } from "../../validation/names.ts";
import { templateWarnings } from "../../validation/pod/pod-warnings.ts";
import { cronJobErrors, jobErrors } from "../../validation/workload/batch.ts";
import { jobStatusErrors } from "../../validation/workload/job-status.ts";
import { jobUpdateErrors } from "../../validation/workload/job-update.ts";
import {
  daemonSetStatusErrors,
  deploymentStatusErrors,
  replicaSetStatusErrors,
  statefulSetStatusErrors,
} from "../../validation/workload/workload-status.ts";
import {
  controllerRevisionErrors,
  controllerRevisionUpdateErrors,
  daemonSetErrors,
  deploymentErrors,
  fixedSelectorErrors,
  replicaSetErrors,
  replicationControllerErrors,
  statefulSetErrors,
  statefulSetUpdateErrors,
} from "../../validation/workload/workloads.ts";
import type { KindBehaviour } from "../descriptor.ts";
import { prepareJobCreate } from "../job-prepare.ts";
import {
  defaultCronJob,
  defaultDaemonSet,
  defaultDeployment,
  defaultJob,
  defaultReplicaSet,
  defaultReplicationController,
  defaultStatefulSet,
  labelledFromTemplate,
  prepareDaemonSet,
} from "../workload-defaults.ts";
import { rulesFor } from "./typed.ts";

/** Names of a CronJob's Jobs add eleven letters to its own. */
const CRON_JOB_NAME = 52;

function longNameErrors({ metadata: { name } }: CronJob) {
  const texts = name.length > CRON_JOB_NAME ? [tooLongText(CRON_JOB_NAME, "characters")] : [];
  return invalidEach("metadata.name", name, texts);
}

const KEEPS_ALL_REVISIONS =
  "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended";
const ZONED_SCHEDULE =
  "CRON_TZ or TZ used in spec.spec.schedule is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details";

/** Names that pods take over should fit into host names. */
function nameWarnings({ metadata: { name } }: KubeObject, before?: KubeObject): readonly string[] {
  const texts = before === undefined ? dnsLabelErrors(name) : [];
  return texts.length === 0
    ? []
    : [
        `metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${texts.join(" ")}]`,
      ];
}

function jobWarnings(spec: JobSpec | undefined, path: string): readonly string[] {
  const { completionMode, completions = 0, parallelism = 0 } = spec ?? {};
  const huge = completionMode === "Indexed" && completions > 100_000 && parallelism > 10_000;
  const why =
    "In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail";
  return [
    ...(huge ? [`${path}: ${why}`] : []),
    ...templateWarnings(spec?.template, `${path}.template`),
  ];
}

/** Rules of apps and batch. */
export const workloadBehaviours: Readonly<Record<string, KindBehaviour>> = {
  Deployment: rulesFor<Deployment>({
    defaults: defaultDeployment,
    validateCreate: deploymentErrors,
    validateUpdate: (next, before) => [
      ...deploymentErrors(next),
      ...fixedSelectorErrors(next, before),
    ],
    validateStatusUpdate: deploymentStatusErrors,
    warnings: (object, before) => [
      ...nameWarnings(object, before),
      ...templateWarnings(object.spec?.template),
    ],
  }),
  ReplicaSet: rulesFor<ReplicaSet>({
    defaults: defaultReplicaSet,
    validateCreate: replicaSetErrors,
    validateUpdate: (next, before) => [
      ...replicaSetErrors(next),
      ...fixedSelectorErrors(next, before),
    ],
    validateStatusUpdate: replicaSetStatusErrors,
    warnings: (object, before) => [
      ...nameWarnings(object, before),
      ...templateWarnings(object.spec?.template),
    ],
  }),
  StatefulSet: rulesFor<StatefulSet>({
    defaults: defaultStatefulSet,
    nameRule: dnsLabelErrors,
    validateCreate: (object) => statefulSetErrors(object),
    validateUpdate: (next, before) => [
      ...statefulSetErrors(next, false),
      ...statefulSetUpdateErrors(next, before),
    ],
    validateStatusUpdate: statefulSetStatusErrors,
    warnings: ({ spec }) => [
      ...templateWarnings(spec?.template),
      ...((spec?.revisionHistoryLimit ?? 0) < 0 ? [KEEPS_ALL_REVISIONS] : []),
    ],
  }),
  DaemonSet: rulesFor<DaemonSet>({
    defaults: defaultDaemonSet,
    prepareCreate: (object) => prepareDaemonSet(object),
    prepareUpdate: prepareDaemonSet,
    validateCreate: daemonSetErrors,
    validateUpdate: (next, before) => [
      ...daemonSetErrors(next),
      ...fixedSelectorErrors(next, before),
    ],
    validateStatusUpdate: daemonSetStatusErrors,
    warnings: (object) => templateWarnings(object.spec?.template),
  }),
  ReplicationController: rulesFor<ReplicationController>({
    defaults: defaultReplicationController,
    validateCreate: replicationControllerErrors,
    validateUpdate: replicationControllerErrors,
    validateStatusUpdate: replicaSetStatusErrors,
    warnings: (object, before) =>
      before !== undefined && before.metadata.generation === object.metadata.generation
        ? []
        : [...nameWarnings(object, undefined), ...templateWarnings(object.spec?.template)],
  }),
  Job: rulesFor<Job>({
    metaOnUpdate: ["create", "update"],
    defaults: defaultJob,
    prepareCreate: prepareJobCreate,
    readBack: labelledFromTemplate,
    validateCreate: jobErrors,
    validateUpdate: jobUpdateErrors,
    validateStatusUpdate: jobStatusErrors,
    warnings: (object, before) => [
      ...nameWarnings(object, before),
      ...jobWarnings(object.spec, "spec"),
    ],
  }),
  CronJob: rulesFor<CronJob>({
    defaults: defaultCronJob,
    validateCreate: (object) => [...cronJobErrors(object), ...longNameErrors(object)],
    validateUpdate: cronJobErrors,
    warnings: (object, before) => [
      ...nameWarnings(object, before),
      ...jobWarnings(object.spec?.jobTemplate?.spec, "spec.jobTemplate.spec"),
      ...(object.spec?.schedule.includes("TZ") === true ? [ZONED_SCHEDULE] : []),
    ],
  }),
  ControllerRevision: rulesFor<ControllerRevision>({
    validateCreate: controllerRevisionErrors,
    validateUpdate: controllerRevisionUpdateErrors,
  }),
};
