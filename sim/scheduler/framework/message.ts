/**
 * The text kube-scheduler writes into the pod's PodScheduled condition: how many nodes there are and how often each
 * reason was given. Reasons sort as text with their count in front.
 */
export function unavailableMessage(nodes: number, counts: ReadonlyMap<string, number>): string {
  const parts = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  const head = `0/${nodes} nodes are available:`;
  return parts.length === 0 ? head : `${head} ${parts.join(", ")}.`;
}

/** The message of a pod that plugins refused once it had a node: that node alone is counted. */
export function refusedMessage(reasons: readonly string[]): string {
  return unavailableMessage(1, new Map(reasons.map((reason) => [reason, 1])));
}

/** The whole message: the filters' part, or the PreFilter's reason, then what PostFilter had to say. */
export function unschedulableMessage(
  nodes: number,
  counts: ReadonlyMap<string, number>,
  preFilterReason: string,
  postFilterReason: string,
): string {
  const first =
    preFilterReason === ""
      ? unavailableMessage(nodes, counts)
      : `0/${nodes} nodes are available: ${preFilterReason}.`;
  return postFilterReason === "" ? first : `${first} ${postFilterReason}`;
}
