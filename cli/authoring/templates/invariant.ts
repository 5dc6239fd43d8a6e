import type { Template } from "./template.ts";

/** A law of one's own that a run is held to, and a scenario that names it. */
export function invariantTemplate(name: string): Template {
  return {
    files: [
      [`${name}.ts`, moduleText(name)],
      [`${name}.yaml`, scenarioText(name)],
    ],
    tryIt: [`ksim run ${name}.yaml`],
  };
}

function moduleText(name: string): string {
  return `import type { Invariant, Pod } from "ksim";

/**
 * A law that a run must keep. It reads the journal and nothing else: \`take\` gets every entry and answers what is wrong
 * as soon as something is; \`finish\`, if there is one, is asked at the end. Every run gets a fresh watch.
 */
const invariant: Pick<Invariant, "name" | "description" | "watch"> = {
  name: "${name}",
  description: "A container does not restart more than three times",
  watch: () => ({
    take(entry) {
      if (entry.kind !== "change" || entry.collection !== "Pod") return undefined;
      const pod = entry.after as Pod | undefined;
      for (const { name, restartCount } of pod?.status?.containerStatuses ?? [])
        if (restartCount > 3) return \`\${entry.key}: \${name} restarted \${restartCount} times\`;
      return undefined;
    },
  }),
};
export default invariant;
`;
}

function scenarioText(name: string): string {
  return `apiVersion: ksim.dev/v1
kind: Scenario
metadata: {name: ${name}}
spec:
  title: Holding a run to ${name}
  seed: "1"
  duration: 3m
  steps:
    - id: deploy
      at: 1s
      apply:
        manifest:
          apiVersion: apps/v1
          kind: Deployment
          metadata: {name: web}
          spec:
            replicas: 2
            selector: {matchLabels: {app: web}}
            template:
              metadata: {labels: {app: web}}
              spec: {containers: [{name: web, image: "web:1"}]}
    - {id: kill, at: 1m, fault: {type: container-kill, target: {selector: app=web}}}
  expect:
    - {name: ${name}, always: {invariant: ./${name}.ts}}
    - {name: recovers, eventually: {within: 1m, since: kill, that: "readyPods('app=web').size() == 2"}}
`;
}
