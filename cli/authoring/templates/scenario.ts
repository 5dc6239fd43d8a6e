import type { Template } from "./template.ts";

/** A scenario with an expectation, a fault and an invariant. */
export function scenarioTemplate(name: string): Template {
  return {
    files: [[`${name}.yaml`, scenarioText(name)]],
    tryIt: [`ksim run ${name}.yaml`],
  };
}

function scenarioText(name: string): string {
  return `# ksim schema > scenario.schema.json gives an editor the schema.
# yaml-language-server: $schema=./scenario.schema.json
apiVersion: ksim.dev/v1
kind: Scenario
metadata: {name: ${name}, labels: {level: beginner}}
spec:
  title: What this scenario shows
  seed: "1"
  duration: 3m
  params:
    replicas: {type: integer, default: 2, min: 1}
  cluster:
    nodes: [{count: 2, name: "node-{i}", capacity: {cpu: "2", memory: 4Gi}}]
  steps:
    - id: deploy
      at: 1s
      say: We ask for \${{ params.replicas }} replicas.
      apply:
        manifest:
          apiVersion: apps/v1
          kind: Deployment
          metadata: {name: web}
          spec:
            replicas: "\${{ params.replicas }}"
            selector: {matchLabels: {app: web}}
            template:
              metadata: {labels: {app: web}}
              spec: {containers: [{name: web, image: "web:1"}]}
      expect: {eventually: {within: 60s, that: "deployment('web').status.readyReplicas == params.replicas"}}
    - id: break
      at: 1m
      fault: {type: pod-kill, target: {selector: app=web}, mode: one}
  expect:
    - {name: recovers, eventually: {within: 1m, since: break, that: "readyPods('app=web').size() == params.replicas"}}
    - {name: legal placement, always: {invariant: no-overcommit}}
`;
}
