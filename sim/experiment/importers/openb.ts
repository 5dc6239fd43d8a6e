import { SECOND } from "../../engine/time.ts";
import type { NodeTemplate } from "../../node/machine/node-template.ts";
import { TraceError } from "../input-error.ts";
import type { WorkloadEvent } from "../workload.ts";
import { baseName, type Imported, type Importer } from "./importer.ts";
import { type Row, readTable, type Table } from "./table.ts";

/** Thousandths of GPUs as an extended resource: a share of a device is a request below 1000. */
const GPU_MILLI = "alibabacloud.com/gpu-milli";
const GPU_MODEL = "alibabacloud.com/gpu-card-model";

/** Alibaba's openb trace (cluster-trace-gpu-v2023, Weng et al., USENIX ATC 2023): lists of nodes and of pods. */
export const openb: Importer = {
  name: "openb",
  description: "Alibaba's GPU trace of 2023: openb_node_list_*.csv and openb_pod_list_*.csv",
  files: "a list of pods, and a list of nodes",
  read: (files) => {
    const tables = files.map(readTable);
    const pods = tables.find(({ columns }) => columns.includes("num_gpu"));
    const nodes = tables.find(({ columns }) => columns.includes("sn"));
    if (pods === undefined)
      throw new TraceError(
        "expected a list of pods with the columns name, cpu_milli, memory_mib, num_gpu, gpu_milli",
        { file: files[0]?.name ?? "openb" },
        `Found the columns ${tables[0]?.columns.join(", ") ?? "of no file"}.`,
      );
    return read(pods, nodes);
  },
};

function read(pods: Table, nodes: Table | undefined): Imported {
  const events: WorkloadEvent[] = [];
  let endless = 0;
  for (const row of pods.rows) {
    const event = arrival(row);
    if ("pod" in event && event.pod.runs === undefined) endless++;
    events.push(event);
  }
  const notes = [
    ...(endless === 0 ? [] : [`${endless} pods have no end in the trace: they run until the end.`]),
    ...(nodes === undefined
      ? ["There is no list of nodes: the experiment must name its cluster."]
      : []),
  ];
  return {
    workload: {
      name: baseName(pods.file),
      source: "openb",
      nodes: nodes?.rows.map(machine),
      events: events.sort((a, b) => a.at - b.at),
    },
    notes,
  };
}

function machine(row: Row): NodeTemplate {
  const gpus = row.number("gpu", 0);
  const model = row.text("model");
  return {
    name: row.text("sn"),
    capacity: {
      cpu: `${row.number("cpu_milli")}m`,
      memory: `${row.number("memory_mib")}Mi`,
      // The trace packs more pods on a machine than the kubelet's default of 110.
      pods: "1000",
      ...(gpus === 0 ? {} : { [GPU_MILLI]: String(gpus * 1000) }),
    },
    ...(model === "" ? {} : { labels: { [GPU_MODEL]: model } }),
  };
}

function arrival(row: Row): WorkloadEvent {
  const gpus = row.number("num_gpu", 0);
  const share = row.number("gpu_milli", 0);
  const created = row.number("creation_time", 0);
  const started = row.number("scheduled_time", created);
  const deleted = row.text("deletion_time") === "" ? undefined : row.number("deletion_time");
  const models = row.text("gpu_spec");
  const quality = row.text("qos");
  const milli = gpus * share;
  return {
    at: Math.round(created * SECOND),
    pod: {
      name: row.text("name"),
      requests: {
        cpu: `${row.number("cpu_milli")}m`,
        memory: `${row.number("memory_mib")}Mi`,
        ...(milli === 0 ? {} : { [GPU_MILLI]: String(milli) }),
      },
      ...(deleted === undefined ? {} : { runs: Math.max(0, deleted - Math.max(started, created)) }),
      ...(quality === "" ? {} : { labels: { qos: quality } }),
      ...(gpus === 0
        ? {}
        : {
            annotations: { "alibabacloud.com/gpu-count": String(gpus), [GPU_MILLI]: String(share) },
          }),
      ...(models === "" ? {} : { spec: { affinity: modelAffinity(models.split("|")) } }),
    },
  };
}

function modelAffinity(models: readonly string[]): object {
  const expression = { key: GPU_MODEL, operator: "In", values: models };
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [expression] }],
      },
    },
  };
}
