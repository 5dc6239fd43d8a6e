import { SECOND } from "../engine/time.ts";
import { trouble } from "./api-errors.ts";
import { defineFault } from "./fault.ts";
import { spanOf } from "./targets.ts";

/** Writes take longer: workers wait for their answers. */
export const apiLatency = defineFault<number>({
  name: "api-latency",
  description: "Every write of the control plane takes longer; workers wait for the answer.",
  targets: ["component"],
  parameters: {
    latency: { type: "duration", description: "How much longer.", default: "1s" },
  },
  begin: (context, fault) => trouble(context, fault, 0, 500, spanOf(fault, "latency", SECOND)),
  end: (context, _fault, id) => context.trouble.remove(id),
});
