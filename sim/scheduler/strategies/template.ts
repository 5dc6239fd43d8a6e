/** Text of a new scheduler module, for `ksim new scheduler`: small, and it works as it stands. */
export const schedulerTemplate = `// A scheduler of your own. Try it: ksim run SCENARIO --scheduler ./my-scheduler.ts
// It decides alone; kube-scheduler's filters still have to let the pod in. Keep no state between calls: everything
// you may look at is in \`cluster\`, and \`cluster.random(n)\` draws so that the same seed gives the same run.

/** Prefers the node with the fewest pods among those with room. */
export default {
  name: "fewest-pods",
  schedule(pod, cluster) {
    const roomy = cluster.nodes.filter(
      (node) =>
        node.free("cpu") >= cluster.requested("cpu") &&
        node.free("memory") >= cluster.requested("memory"),
    );
    if (roomy.length === 0) return { reasons: ["no node has room for it"] };
    let best = roomy[0];
    for (const node of roomy) if (node.pods.length < best.pods.length) best = node;
    return best.name;
  },
};

// Or join kube-scheduler's own plugins with one more; it filters, scores, or both:
//
// export default {
//   name: "EvenNumbers",
//   filter: {
//     dependsOn: "node", // "node-pods" when the answer depends on the pods of the node too
//     filter: (pod, snapshot) => (node) =>
//       snapshot.names[node].endsWith("3")
//         ? { code: "Unschedulable", reasons: ["node(s) had an unlucky number"] }
//         : undefined,
//   },
//   score: { dependsOn: "node-pods", score: (pod, snapshot) => (node) => snapshot.podsOn[node].length },
// };
`;
