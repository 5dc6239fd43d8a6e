import { argsRecord, wordArg } from "../framework/args.ts";
import type { PluginFactory } from "../framework/plugin.ts";
import { CPU, MEMORY } from "../snapshot/resources.ts";

const NAME = "RemainingRoom";
/** CPU (millicores) and memory (bytes) that what remains is measured against: a large machine of 128 CPUs, 512 GiB. */
const LARGE_CPU = 128_000;
const LARGE_MEMORY = 512 * 1024 * 1024 * 1024;
const SCALE = 1_000_000;

/**
 * Best fit (`prefer: least`) and worst fit (`prefer: most`): by how much room the node has left after placing the
 * pod, in absolute terms, not as a share of the node (Johnson et al., SIAM J. Comput. 3, 1974; CPU and memory
 * alike as in Weng et al., USENIX ATC 2023).
 */
export const remainingRoom: PluginFactory = {
  name: NAME,
  create: (raw) => {
    const args = argsRecord(raw, NAME);
    const prefer = wordArg(args["prefer"], ["least", "most"] as const, "least", {
      plugin: NAME,
      field: "prefer",
    });
    return {
      name: NAME,
      score: {
        dependsOn: "node-pods",
        score: ({ traits }, snapshot) => {
          const cpu = snapshot.columns.of(CPU);
          const memory = snapshot.columns.of(MEMORY);
          return (node) => {
            const cpuRow = node * cpu.stride;
            const memoryRow = node * memory.stride;
            const cpuLeft =
              (cpu.values[cpuRow + cpu.allocatable] as number) -
              (cpu.values[cpuRow + cpu.requested] as number) -
              traits.milliCpu;
            const memoryLeft =
              (memory.values[memoryRow + memory.allocatable] as number) -
              (memory.values[memoryRow + memory.requested] as number) -
              traits.memory;
            const left = Math.trunc(
              (SCALE * (cpuLeft / LARGE_CPU + memoryLeft / LARGE_MEMORY)) / 2,
            );
            return prefer === "most" ? left : SCALE - left;
          };
        },
      },
    };
  },
};
