/** A profile with NodeResourcesFit scoring another way, and nothing else that scores by resources. */
export function fitting(scoringStrategy: object): unknown {
  return {
    plugins: { score: { disabled: [{ name: "NodeResourcesBalancedAllocation" }] } },
    pluginConfig: [{ name: "NodeResourcesFit", args: { scoringStrategy } }],
  };
}

/** A profile in which one plugin alone scores; all of upstream's filters stay. */
export function scoredBy(name: string, args?: object): unknown {
  return {
    plugins: {
      multiPoint: { enabled: [{ name }] },
      score: { disabled: [{ name: "*" }], enabled: [{ name }] },
    },
    ...(args === undefined ? {} : { pluginConfig: [{ name, args }] }),
  };
}

/** A profile whose active queue is ordered by another plugin, which may take part elsewhere too. */
export function queuedBy(name: string, score?: { readonly name: string; readonly args?: object }) {
  const named = score === undefined ? [{ name }] : [{ name }, { name: score.name }];
  return {
    plugins: {
      multiPoint: { enabled: named },
      queueSort: { disabled: [{ name: "*" }], enabled: [{ name }] },
      ...(score === undefined
        ? {}
        : { score: { disabled: [{ name: "*" }], enabled: [{ name: score.name }] } }),
    },
    ...(score?.args === undefined ? {} : { pluginConfig: [score] }),
  };
}

/** CPU and memory alike. */
export const cpuAndMemory = [
  { name: "cpu", weight: 1 },
  { name: "memory", weight: 1 },
];

/** NodeResourcesFit by a function of the utilization: points (percent used, score 0..10) on straight lines. */
export function byUtilization(...points: readonly (readonly [number, number])[]): unknown {
  return fitting({
    type: "RequestedToCapacityRatio",
    resources: cpuAndMemory,
    requestedToCapacityRatio: {
      shape: points.map(([utilization, score]) => ({ utilization, score })),
    },
  });
}
