import { existsSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Arguments } from "../command.ts";
import { Exit, type ExitCode, type Io, UsageError } from "../io.ts";

/** Writes a scenario to start from. It passes as it is. */
export function create(args: Arguments, io: Io): ExitCode {
  const given = (args.text("name") ?? "").replace(/\.ya?ml$/, "");
  const name = given.slice(given.lastIndexOf("/") + 1);
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name))
    throw new UsageError(
      `expected a name of lower-case letters, digits and -, got ${JSON.stringify(given)}`,
    );
  const file = `${given}.yaml`;
  const path = resolve(io.cwd, file);
  if (existsSync(path) && !args.has("force"))
    throw new UsageError(`${file} exists`, "--force overwrites it.");
  writeFileSync(path, template(name));
  io.out(`${file}\n`);
  if (!args.has("quiet")) io.err(`Run it: ksim run ${file}\n`);
  return Exit.fine;
}

function template(name: string): string {
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
