import type { Manifest } from "../../../api/object.ts";
import { selects } from "../../expect/state-functions.ts";
import {
  type CommandInput,
  countFlag,
  flagText,
  type KubectlCommand,
  targetsOf,
  usageError,
} from "../command.ts";

/** `kubectl autoscale` */
export const autoscale: KubectlCommand = {
  name: "autoscale",
  usage: "autoscale KIND/NAME --max=N [--min=N] [--cpu=60%|500m] [--memory=70%|200Mi]",
  flags: ["min", "max", "cpu", "cpu-percent", "memory", "name"],
  required: ["max"],
  words: 1,
  run: (input, context) => {
    const [min, max = 0] = [countFlag(input, "min"), countFlag(input, "max")];
    if (max < 1) throw usageError(`--max=MAXPODS is required and must be at least 1, max: ${max}`);
    if (min !== undefined && max < min)
      throw usageError(
        `--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${max}, min: ${min}`,
      );
    for (const { descriptor, name: target, key } of targetsOf(
      input.words,
      input,
      context,
      selects,
    )) {
      const name = flagText(input, "name") ?? target;
      const { group, version, kind } = descriptor;
      const metrics = metricsOf(input);
      context.api.create({
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata: { name, namespace: key.slice(0, key.indexOf("/")) },
        spec: {
          scaleTargetRef: {
            apiVersion: group === "" ? version : `${group}/${version}`,
            kind,
            name: target,
          },
          maxReplicas: max,
          ...(min === undefined || min === 0 ? {} : { minReplicas: min }),
          ...(metrics.length === 0 ? {} : { metrics }),
        },
      } as unknown as Manifest);
      context.note(`horizontalpodautoscaler.autoscaling/${name} autoscaled`);
    }
    return undefined;
  },
};

function metricsOf(input: CommandInput): readonly object[] {
  const percent = countFlag(input, "cpu-percent");
  const cpu = percent === undefined ? flagText(input, "cpu") : `${percent}%`;
  return [...metric("cpu", cpu, "m"), ...metric("memory", flagText(input, "memory"), "Mi")];
}

/** A share of what is requested, or an amount; a bare number has the resource's usual unit. */
function metric(name: string, text: string | undefined, unit: string): readonly object[] {
  if (text === undefined) return [];
  const share = /^(\d+)%$/.exec(text)?.[1];
  const target =
    share === undefined
      ? { type: "AverageValue", averageValue: /^\d+$/.test(text) ? `${text}${unit}` : text }
      : { type: "Utilization", averageUtilization: Number(share) };
  return [{ type: "Resource", resource: { name, target } }];
}
