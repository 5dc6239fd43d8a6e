import { describe, expect, it } from "vitest";
import { withoutBystanders } from "./bystanders.ts";
import { neighbours } from "./neighbours.ts";
import { play } from "./replay.ts";
import { scenarioOf } from "./scripts.ts";
import { storyOf } from "./story.ts";

/** How each story goes from its second step on, as upstream's controllers would have it (checked against their source and `messages.json.gz`). */
const told: Readonly<Record<keyof typeof neighbours, readonly string[]>> = {
  "a paused Deployment scales but does not roll": [
    "Deployment/web Progressing=Unknown DeploymentPaused",
    "ReplicaSet/web-rs1 wants 2",
    "Deployment/web ScalingReplicaSet: Scaled up replica set web-rs1 from 1 to 2",
    "Deployment/web Available=False MinimumReplicasUnavailable",
    "Deployment/web Available=True MinimumReplicasAvailable",
    "Deployment/web Progressing=Unknown DeploymentResumed",
    "ReplicaSet/web-rs2 wants 1",
    "Deployment/web ScalingReplicaSet: Scaled up replica set web-rs2 from 0 to 1",
    "Deployment/web Progressing=True NewReplicaSetCreated",
    "Deployment/web Progressing=True ReplicaSetUpdated",
    "ReplicaSet/web-rs1 wants 1",
    "Deployment/web ScalingReplicaSet: Scaled down replica set web-rs1 from 2 to 1",
    "Pod/web-rs1-pN is deleted",
    "ReplicaSet/web-rs1 SuccessfulDelete: Deleted pod: web-rs1-pN",
    "ReplicaSet/web-rs2 wants 2",
    "Deployment/web ScalingReplicaSet: Scaled up replica set web-rs2 from 1 to 2",
    "ReplicaSet/web-rs1 wants 0",
    "Deployment/web ScalingReplicaSet: Scaled down replica set web-rs1 from 1 to 0",
    "Pod/web-rs1-pN is deleted",
    "ReplicaSet/web-rs1 SuccessfulDelete: Deleted pod: web-rs1-pN",
    "Deployment/web Progressing=True NewReplicaSetAvailable",
  ],
  "a paused Recreate Deployment waits": [
    "Deployment/web Progressing=Unknown DeploymentPaused",
    "Deployment/web Progressing=Unknown DeploymentResumed",
    "ReplicaSet/web-rs1 wants 0",
    "Deployment/web ScalingReplicaSet: Scaled down replica set web-rs1 from 2 to 0",
    "Pod/web-rs1-pN is deleted",
    "ReplicaSet/web-rs1 SuccessfulDelete: Deleted pod: web-rs1-pN",
    "Pod/web-rs1-pN is deleted",
    "ReplicaSet/web-rs1 SuccessfulDelete: Deleted pod: web-rs1-pN",
    "Deployment/web Available=False MinimumReplicasUnavailable",
    "Deployment/web Progressing=True ReplicaSetUpdated",
    "ReplicaSet/web-rs2 wants 2",
    "Deployment/web ScalingReplicaSet: Scaled up replica set web-rs2 from 0 to 2",
    "Deployment/web Progressing=True NewReplicaSetCreated",
    "Deployment/web Progressing=True ReplicaSetUpdated",
    "Deployment/web Available=True MinimumReplicasAvailable",
    "Deployment/web Progressing=True NewReplicaSetAvailable",
  ],
  "an orphaned ReplicaSet is found again by its template": [
    "Deployment/web is deleted",
    "Deployment/web gone",
    "Deployment/web Progressing=True FoundNewReplicaSet",
    "ReplicaSet/web-rs1 wants 3",
    "Deployment/web ScalingReplicaSet: Scaled up replica set web-rs1 from 2 to 3",
    "Deployment/web Available=False MinimumReplicasUnavailable",
    "Deployment/web Progressing=True ReplicaSetUpdated",
    "Deployment/web Available=True MinimumReplicasAvailable",
    "Deployment/web Progressing=True NewReplicaSetAvailable",
  ],
  "a Deployment steps aside from a name that is taken": [
    "ReplicaSet/web-rs2 wants 2",
    "Deployment/web ScalingReplicaSet: Scaled up replica set web-rs2 from 0 to 2",
    "Deployment/web Progressing=True NewReplicaSetCreated",
    "Deployment/web Available=False MinimumReplicasUnavailable",
    "Deployment/web Progressing=True ReplicaSetUpdated",
    "Deployment/web Available=True MinimumReplicasAvailable",
    "Deployment/web Progressing=True NewReplicaSetAvailable",
  ],
  "a ReplicaSet adopts, and lets go": [
    "ReplicaSet/web SuccessfulDelete: Deleted pod: stray",
    "Pod/web-pN is deleted",
    "ReplicaSet/web SuccessfulDelete: Deleted pod: web-pN",
  ],
  "a preemptor waits for its last victim": [
    "ReplicaSet/high-rs1 wants 1",
    "Deployment/high ScalingReplicaSet: Scaled up replica set high-rs1 from 0 to 1",
    "Deployment/high Progressing=True NewReplicaSetCreated",
    "Deployment/high Available=False MinimumReplicasUnavailable",
    "Pod/high-rs1-pN FailedScheduling: 0/7 nodes are available: 1 Insufficient cpu, 6 node(s) didn't match Pod's node affinity/selector.",
    "Pod/low-rs1-pN DisruptionTarget=True PreemptionByScheduler",
    "Pod/low-rs1-pN is deleted",
    "Pod/low-rs1-pN Preempted: Preempted by pod <uid> on node pr-0",
    "Pod/low-rs1-pN DisruptionTarget=True PreemptionByScheduler",
    "Pod/low-rs1-pN is deleted",
    "Pod/low-rs1-pN Preempted: Preempted by pod <uid> on node pr-0",
    "Deployment/low Available=False MinimumReplicasUnavailable",
    "Pod/low-rs1-pN FailedScheduling: 0/7 nodes are available: 1 Insufficient cpu, 6 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/7 nodes are available: 1 No preemption victims found for incoming pod, 6 Preemption is not helpful for scheduling.",
    "Pod/low-rs1-pN FailedScheduling: 0/7 nodes are available: 1 Insufficient cpu, 6 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/7 nodes are available: 1 No preemption victims found for incoming pod, 6 Preemption is not helpful for scheduling.",
    "Deployment/high Progressing=True ReplicaSetUpdated",
    "Pod/low-rs1-pN DisruptionTarget=True PreemptionByScheduler",
    "Pod/low-rs1-pN is deleted",
    "Pod/low-rs1-pN Preempted: Preempted by pod <uid> on node pr-0",
    "Pod/low-rs1-pN FailedScheduling: 0/7 nodes are available: 1 Insufficient cpu, 6 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/7 nodes are available: 1 No preemption victims found for incoming pod, 6 Preemption is not helpful for scheduling.",
    "Pod/high-rs1-pN FailedScheduling: 0/7 nodes are available: 1 Insufficient cpu, 6 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: not eligible due to a terminating pod on the nominated node.",
    "Deployment/high Available=True MinimumReplicasAvailable",
    "Deployment/high Progressing=True NewReplicaSetAvailable",
  ],
  "a namespace goes pods first and says what holds it": [
    "Namespace/t-ns-deleted is deleted",
    "Pod/web-rs1-pN is deleted",
    "Pod/web-rs1-pN is deleted",
    "Namespace/t-ns-deleted NamespaceDeletionDiscoveryFailure=False ResourcesDiscovered",
    "Namespace/t-ns-deleted NamespaceDeletionGroupVersionParsingFailure=False ParsedGroupVersions",
    "Namespace/t-ns-deleted NamespaceDeletionContentFailure=True ContentDeletionFailed",
    "Namespace/t-ns-deleted NamespaceContentRemaining=False ContentRemoved",
    "Namespace/t-ns-deleted NamespaceFinalizersRemaining=False ContentHasNoFinalizers",
    "Deployment/web Available=False MinimumReplicasUnavailable",
    "ConfigMap/kube-root-ca.crt gone",
    "ConfigMap/held is deleted",
    "ServiceAccount/default gone",
    "Deployment/web gone",
    "ReplicaSet/web-rs1 gone",
    "Namespace/t-ns-deleted NamespaceDeletionContentFailure=False ContentDeleted",
    "Namespace/t-ns-deleted NamespaceContentRemaining=True SomeResourcesRemain",
    "Namespace/t-ns-deleted NamespaceFinalizersRemaining=True SomeFinalizersRemain",
    "ConfigMap/held gone",
    "Namespace/t-ns-deleted NamespaceContentRemaining=False ContentRemoved",
    "Namespace/t-ns-deleted NamespaceFinalizersRemaining=False ContentHasNoFinalizers",
    "Namespace/t-ns-deleted gone",
  ],
  "pods of a deleted node are collected": [
    "Node/nd-0 RemovingNode: Node nd-0 event: Removing Node nd-0 from Controller",
    "Pod/db-0 DisruptionTarget=True DeletionByPodGC",
  ],
  "a suspended Job lets its pods go and starts afresh": [
    "Job/work Resumed: Job resumed",
    "Job/work Suspended=False JobResumed",
    "Pod/work-pN is deleted",
    "Job/work SuccessfulDelete: Deleted pod: work-pN",
    "Pod/work-pN is deleted",
    "Job/work SuccessfulDelete: Deleted pod: work-pN",
    "Job/work Suspended=True JobSuspended",
    "Job/work Suspended=False JobResumed",
    "Job/work SuccessCriteriaMet=True CompletionsReached",
    "Job/work Complete=True CompletionsReached",
    "Job/work Completed: Job completed",
  ],
  "a failure policy fails the Job or ignores the pod": [
    "Pod/ignores-pN DisruptionTarget=True EvictionByEvictionAPI",
    "Pod/ignores-pN is deleted",
    "Job/fails FailureTarget=True PodFailurePolicy",
    "Job/fails Failed=True PodFailurePolicy",
    "Job/fails PodFailurePolicy: Container main for pod t-failure-policy/fails-pN failed with exit code 42 matching FailJob rule at index 0",
    "Job/ignores SuccessCriteriaMet=True CompletionsReached",
    "Job/ignores Complete=True CompletionsReached",
    "Job/ignores Completed: Job completed",
  ],
  "indexes fail each by their own limit": [
    "Job/most FailureTarget=True MaxFailedIndexesExceeded",
    "Job/most Failed=True MaxFailedIndexesExceeded",
    "Job/most MaxFailedIndexesExceeded: Job has exceeded the specified maximal number of failed indexes",
    "Job/one FailureTarget=True FailedIndexes",
    "Job/one Failed=True FailedIndexes",
    "Job/one FailedIndexes: Job has failed indexes",
  ],
  "an elastic Job gives up the indexes it no longer has": [
    "Pod/work-1-pN is deleted",
    "Job/work SuccessfulDelete: Deleted pod: work-1-pN",
    "Pod/work-3-pN is deleted",
    "Job/work SuccessfulDelete: Deleted pod: work-3-pN",
    "Pod/work-2-pN is deleted",
    "Job/work SuccessfulDelete: Deleted pod: work-2-pN",
    "Job/work SuccessCriteriaMet=True CompletionsReached",
    "Job/work Complete=True CompletionsReached",
    "Job/work Completed: Job completed",
  ],
  "a CronJob replaces what still runs": [
    "Job/tick-j1 gone",
    "CronJob/tick SuccessfulDelete: Deleted job tick-j1",
    "Pod/tick-j1-pN is deleted",
    "Job/tick-j2 gone",
    "CronJob/tick SuccessfulDelete: Deleted job tick-j2",
    "Pod/tick-j2-pN is deleted",
  ],
  "a parallel StatefulSet goes down at once but rolls one by one": [
    "Pod/db-2 is deleted",
    "StatefulSet/db SuccessfulDelete: Delete Pod db-2 in StatefulSet db successful",
    "Pod/db-1 is deleted",
    "StatefulSet/db SuccessfulDelete: Delete Pod db-1 in StatefulSet db successful",
    "Pod/db-0 is deleted",
    "StatefulSet/db SuccessfulDelete: Delete Pod db-0 in StatefulSet db successful",
    "StatefulSet/db wants 1",
  ],
  "an orphaned StatefulSet's pods and revision are adopted": [
    "StatefulSet/db is deleted",
    "StatefulSet/db gone",
    "StatefulSet/db wants 3",
  ],
  "a Deployment that missed its deadline is scaled and rolled back": [
    "ReplicaSet/web-rs2 wants 1",
    "Deployment/web ScalingReplicaSet: Scaled up replica set web-rs2 from 0 to 1",
    "Deployment/web Progressing=True NewReplicaSetCreated",
    "Deployment/web Progressing=True ReplicaSetUpdated",
    "Deployment/web Progressing=False ProgressDeadlineExceeded",
    "ReplicaSet/web-rs1 wants 4",
    "Deployment/web ScalingReplicaSet: Scaled up replica set web-rs1 from 3 to 4",
    "ReplicaSet/web-rs1 wants 3",
    "Deployment/web ScalingReplicaSet: Scaled down replica set web-rs1 from 4 to 3",
    "Pod/web-rs1-pN is deleted",
    "ReplicaSet/web-rs1 SuccessfulDelete: Deleted pod: web-rs1-pN",
    "ReplicaSet/web-rs2 wants 2",
    "Deployment/web ScalingReplicaSet: Scaled up replica set web-rs2 from 1 to 2",
    "Deployment/web Progressing=True ReplicaSetUpdated",
    "Deployment/web Progressing=False ProgressDeadlineExceeded",
    "ReplicaSet/web-rs2 wants 0",
    "Deployment/web ScalingReplicaSet: Scaled down replica set web-rs2 from 2 to 0",
    "Deployment/web Progressing=True ReplicaSetUpdated",
    "Pod/web-rs2-pN is deleted",
    "ReplicaSet/web-rs2 SuccessfulDelete: Deleted pod: web-rs2-pN",
    "Pod/web-rs2-pN is deleted",
    "ReplicaSet/web-rs2 SuccessfulDelete: Deleted pod: web-rs2-pN",
    "ReplicaSet/web-rs1 wants 4",
    "Deployment/web Progressing=True NewReplicaSetAvailable",
  ],
};

describe("neighbours of the recorded timelines", () => {
  it.each(Object.entries(neighbours))("%s", (title, script) => {
    const from = script.steps[1]?.[0] ?? 0;
    expect(storyOf(play(scenarioOf(script)).rows, from)).toEqual(told[title as keyof typeof told]);
  });
});

describe("nodes of other scenarios", () => {
  const seven =
    "0/7 nodes are available: 1 Insufficient cpu, 6 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/7 nodes are available: 1 No preemption victims found for incoming pod, 6 Preemption is not helpful for scheduling.";

  it.each([
    "0/17 nodes are available: 1 Insufficient cpu, 10 node(s) had untolerated taint(s), 6 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/17 nodes are available: 1 No preemption victims found for incoming pod, 16 Preemption is not helpful for scheduling.",
    "0/15 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable, 6 node(s) didn't match Pod's node affinity/selector, 7 node(s) had untolerated taint(s). no new claims to deallocate, preemption: 0/15 nodes are available: 1 No preemption victims found for incoming pod, 14 Preemption is not helpful for scheduling.",
    seven,
  ])("are taken out of a recorded text: %s", (message) => {
    const event = { reason: "FailedScheduling", message };
    const row = { t: 12, type: "ADDED", kind: "Event", k: event } as const;
    expect(withoutBystanders(row, 7).k.message).toBe(seven);
    const condition = { type: "PodScheduled", status: "False", message };
    const pod = { ...row, kind: "Pod", k: { status: { conditions: [condition] } } } as const;
    expect(withoutBystanders(pod, 7).k.status.conditions[0].message).toBe(seven);
  });

  it("leave a text that speaks of the scenario's own as it is", () => {
    const message = "0/6 nodes are available: 6 Insufficient cpu.";
    const row = { t: 1, type: "ADDED", kind: "Event", k: { reason: "FailedScheduling", message } };
    expect(withoutBystanders(row as never, 6).k.message).toBe(message);
  });
});
