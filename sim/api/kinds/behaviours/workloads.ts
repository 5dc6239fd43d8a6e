import type {
  CronJob,
  DaemonSet,
  Deployment,
  Job,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from "../../types.gen.ts";
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

/** Rules of apps and batch. */
export const workloadBehaviours: Readonly<Record<string, KindBehaviour>> = {
  Deployment: rulesFor<Deployment>({ defaults: defaultDeployment }),
  ReplicaSet: rulesFor<ReplicaSet>({ defaults: defaultReplicaSet }),
  StatefulSet: rulesFor<StatefulSet>({ defaults: defaultStatefulSet }),
  DaemonSet: rulesFor<DaemonSet>({
    defaults: defaultDaemonSet,
    prepareCreate: (object) => prepareDaemonSet(object),
    prepareUpdate: prepareDaemonSet,
  }),
  ReplicationController: rulesFor<ReplicationController>({
    defaults: defaultReplicationController,
  }),
  Job: rulesFor<Job>({ defaults: defaultJob, prepareCreate: prepareJobCreate }),
  CronJob: rulesFor<CronJob>({ defaults: defaultCronJob }),
};
