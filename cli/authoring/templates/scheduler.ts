import { schedulerTemplate as moduleText } from "../../../sim/scheduler/strategies/template.ts";
import type { Template } from "./template.ts";

/** A scheduler of one's own, and a scenario that it places pods in. */
export function schedulerTemplate(name: string): Template {
  const module = moduleText
    .replaceAll("./my-scheduler.ts", `./${name}.ts`)
    .replaceAll("fewest-pods", name)
    .replaceAll("SCENARIO", `${name}.yaml`);
  return {
    files: [
      [`${name}.ts`, module],
      [`${name}.yaml`, scenarioText(name)],
    ],
    tryIt: [`ksim run ${name}.yaml`, `ksim run ${name}.yaml --scheduler default`],
  };
}

function scenarioText(name: string): string {
  return `apiVersion: ksim.dev/v1
kind: Scenario
metadata: {name: ${name}}
spec:
  title: Pods go where ${name} puts them
  seed: "1"
  duration: 2m
  cluster:
    nodes: [{count: 3, name: "node-{i}", capacity: {cpu: "4", memory: 8Gi}}]
    scheduler: ./${name}.ts
  steps:
    - id: deploy
      at: 1s
      apply:
        manifest:
          apiVersion: apps/v1
          kind: Deployment
          metadata: {name: web}
          spec:
            replicas: 6
            selector: {matchLabels: {app: web}}
            template:
              metadata: {labels: {app: web}}
              spec:
                containers:
                  - {name: web, image: "web:1", resources: {requests: {cpu: 500m, memory: 256Mi}}}
  expect:
    - {name: all run, eventually: {within: 60s, that: "readyPods('app=web').size() == 6"}}
    - {name: legal placement, always: {invariant: no-overcommit}}
`;
}
