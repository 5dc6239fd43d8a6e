import type {
  CronJob,
  DaemonSet,
  Deployment,
  Job,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from "../../types.gen.ts";
import { cronJobErrors, jobErrors } from "../../validation/batch.ts";
import { jobUpdateErrors } from "../../validation/job-update.ts";
import { invalidEach } from "../../validation/meta.ts";
import { dnsLabelErrors, tooLongText } from "../../validation/names.ts";
import { templateWarnings } from "../../validation/warnings.ts";
import {
  daemonSetErrors,
  deploymentErrors,
  fixedSelectorErrors,
  replicaSetErrors,
  replicationControllerErrors,
  statefulSetErrors,
  statefulSetUpdateErrors,
} from "../../validation/workloads.ts";
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
  prepareDaemonSet,
} from "../workload-defaults.ts";
import { rulesFor } from "./typed.ts";

/** Names of a CronJob's Jobs add eleven letters to its own. */
const CRON_JOB_NAME = 52;

function longNameErrors({ metadata: { name } }: CronJob) {
  const texts = name.length > CRON_JOB_NAME ? [tooLongText(CRON_JOB_NAME, "characters")] : [];
  return invalidEach("metadata.name", name, texts);
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
    warnings: (object) => templateWarnings(object.spec?.template),
  }),
  ReplicaSet: rulesFor<ReplicaSet>({
    defaults: defaultReplicaSet,
    validateCreate: replicaSetErrors,
    validateUpdate: (next, before) => [
      ...replicaSetErrors(next),
      ...fixedSelectorErrors(next, before),
    ],
    warnings: (object) => templateWarnings(object.spec?.template),
  }),
  StatefulSet: rulesFor<StatefulSet>({
    defaults: defaultStatefulSet,
    nameRule: dnsLabelErrors,
    validateCreate: statefulSetErrors,
    validateUpdate: (next, before) => [
      ...statefulSetErrors(next),
      ...statefulSetUpdateErrors(next, before),
    ],
    warnings: (object) => templateWarnings(object.spec?.template),
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
    warnings: (object) => templateWarnings(object.spec?.template),
  }),
  ReplicationController: rulesFor<ReplicationController>({
    metaOnUpdate: ["create", "update"],
    defaults: defaultReplicationController,
    validateCreate: replicationControllerErrors,
    warnings: (object) => templateWarnings(object.spec?.template),
  }),
  Job: rulesFor<Job>({
    defaults: defaultJob,
    prepareCreate: prepareJobCreate,
    validateCreate: jobErrors,
    validateUpdate: jobUpdateErrors,
    warnings: (object) => templateWarnings(object.spec?.template),
  }),
  CronJob: rulesFor<CronJob>({
    defaults: defaultCronJob,
    validateCreate: (object) => [...cronJobErrors(object), ...longNameErrors(object)],
    validateUpdate: cronJobErrors,
    warnings: (object) =>
      templateWarnings(object.spec?.jobTemplate?.spec?.template, "spec.jobTemplate.spec.template"),
  }),
};
