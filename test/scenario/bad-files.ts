/** A bad scenario, the place that must be named, and what the message and the suggestion must say. */
export interface BadFile {
  readonly name: string;
  readonly text: string;
  /** `line:column` */
  readonly at: string;
  readonly says: RegExp;
  readonly suggests?: RegExp;
}

const head = "apiVersion: ksim.dev/v1\nkind: Scenario\nmetadata: {name: bad}\n";
const web = `
  steps:
    - id: deploy
      at: 0s
      apply:
        manifest:
          apiVersion: apps/v1
          kind: Deployment
          metadata: {name: web}
          spec:
            selector: {matchLabels: {app: web}}
            template:
              metadata: {labels: {app: web}}
              spec: {containers: [{name: web, image: web}]}`;
const step = (text: string): string => `${head}spec:\n  steps:\n    - ${text}\n`;
const spec = (text: string): string => `${head}spec:\n  ${text}\n`;

function bomb(): string {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let at = 1; at < 10; at++)
    lines.push(
      `a${at}: &a${at} [${Array(10)
        .fill(`*a${at - 1}`)
        .join(", ")}]`,
    );
  return lines.join("\n");
}

export const badFiles: readonly BadFile[] = [
  { name: "an empty file", text: "", at: "1:1", says: /empty file/, suggests: /ksim new/ },
  { name: "a file of comments", text: "# nothing\n", at: "1:1", says: /empty file/ },
  { name: "a list", text: "- a\n- b\n", at: "1:1", says: /expected a mapping/ },
  { name: "a plain text", text: "hello\n", at: "1:1", says: /expected a mapping/ },
  {
    name: "a tab",
    text: `${head}spec:\n\tduration: 1m\n`,
    at: "5:1",
    says: /tab/,
    suggests: /spaces/,
  },
  {
    name: "a key that stands twice",
    text: `${head}metadata: {name: again}\nspec: {}\n`,
    at: "4:1",
    says: /once/,
  },
  {
    name: "an open bracket",
    text: `${head}spec: {duration: 1m\n`,
    at: "5:1",
    says: /not valid YAML/,
  },
  { name: "a binary file", text: `\u0000\u0001\u0002PNG`, at: "1:1", says: /binary/ },
  {
    name: "10 MB",
    text: `# ${"x".repeat(10 * 1024 * 1024)}`,
    at: "1:1",
    says: /at most 4 MiB, got 10.0 MiB/,
  },
  {
    name: "an alias bomb",
    text: `${head}spec:\n  ${bomb().replaceAll("\n", "\n  ")}\n`,
    at: "10:12",
    says: /aliases expand/,
  },
  {
    name: "an unknown version",
    text: "apiVersion: ksim.dev/v2\nkind: Scenario\n",
    at: "1:13",
    says: /expected apiVersion ksim.dev\/v1/,
    suggests: /ksim.dev\/v1/,
  },
  {
    name: "an unknown kind",
    text: "apiVersion: ksim.dev/v1\nkind: Scenaro\n",
    at: "2:7",
    says: /expected kind Scenario/,
    suggests: /Scenario/,
  },
  {
    name: "an unknown key",
    text: spec("durration: 1m"),
    at: "5:3",
    says: /unknown key "durration"/,
    suggests: /"duration"/,
  },
  {
    name: "an unknown key of a step",
    text: step("{id: a, att: 5s}"),
    at: "6:15",
    says: /unknown key "att"/,
    suggests: /"at"/,
  },
  {
    name: "a missing name",
    text: "apiVersion: ksim.dev/v1\nkind: Scenario\nmetadata: {}\nspec: {}\n",
    at: "3:11",
    says: /"name", which is missing/,
  },
  {
    name: "a bad name",
    text: "apiVersion: ksim.dev/v1\nkind: Scenario\nmetadata: {name: Bad_Name}\nspec: {}\n",
    at: "3:18",
    says: /lower-case/,
  },
  {
    name: "a bad duration",
    text: spec("duration: 5 minutes"),
    at: "5:13",
    says: /a duration like 30s/,
  },
  {
    name: "a bad quantity",
    text: spec('cluster: {nodes: [{capacity: {cpu: "4x"}}]}'),
    at: "5:38",
    says: /a quantity.*"4x"/,
  },
  {
    name: "a bad quantity in a manifest",
    text: `${head}spec:${web.replace("image: web", 'image: web, resources: {requests: {cpu: "4x"}}')}\n`,
    at: "17:87",
    says: /quantity.*"4x"/,
  },
  {
    name: "an unknown field in a manifest",
    text: `${head}spec:${web.replace("selector:", "replcas: 3\n            selector:")}\n`,
    at: "14:13",
    says: /unknown field "spec.replcas"/,
  },
  {
    name: "a kind that no group has",
    text: `${head}spec:${web.replace("kind: Deployment", "kind: Deploymnt")}\n`,
    at: "11:17",
    says: /no matches for kind "Deploymnt"/,
    suggests: /Deployment in apps\/v1/,
  },
  {
    name: "a step id that stands twice",
    text: `${head}spec:\n  steps:\n    - {id: a, at: 0s, say: x}\n    - {id: a, at: 1s, say: y}\n`,
    at: "7:12",
    says: /every step id once/,
  },
  {
    name: "an unknown fault",
    text: step("{at: 1s, fault: {type: node-crush}}"),
    at: "6:30",
    says: /unknown fault/,
    suggests: /"node-crash"/,
  },
  {
    name: "an unknown target of a fault",
    text: step("{at: 1s, fault: {type: node-crash, target: {nod: a}}}"),
    at: "6:56",
    says: /unknown key "nod"/,
    suggests: /"node"/,
  },
  {
    name: "a missing file",
    text: step("{at: 0s, apply: {file: nothing.yaml}}"),
    at: "6:30",
    says: /cannot read the file "nothing.yaml"/,
  },
  {
    name: "two verbs in one step",
    text: step("{at: 0s, wait: 5s, kubectl: cordon node-1}"),
    at: "6:22",
    says: /one verb a step/,
  },
  {
    name: "an unknown step behind after",
    text: `${head}spec:\n  steps:\n    - {id: deploy, at: 0s, say: x}\n    - {after: deplyo, say: y}\n`,
    at: "7:15",
    says: /unknown step "deplyo"/,
    suggests: /"deploy"/,
  },
  {
    name: "steps that wait for each other",
    text: `${head}spec:\n  steps:\n    - {id: a, after: b, say: x}\n    - {id: b, after: a, say: y}\n`,
    at: "6:22",
    says: /wait for each other/,
  },
  {
    name: "an unknown kubectl command",
    text: step("{at: 0s, kubectl: drian node-1}"),
    at: "6:25",
    says: /unknown kubectl command "drian"/,
    suggests: /"drain"/,
  },
  {
    name: "an unknown flag of kubectl",
    text: step("{at: 0s, kubectl: drain node-1 --ignore-daemonset}"),
    at: "6:25",
    says: /unknown flag --ignore-daemonset/,
    suggests: /--ignore-daemonsets/,
  },
  {
    name: "an expression that cannot be read",
    text: spec('expect: [{eventually: {that: "1 +"}}]'),
    at: "5:36",
    says: /unexpected token/,
  },
  {
    name: "an unknown function",
    text: spec("expect: [{eventually: {that: \"deploymnt('web') == null\"}}]"),
    at: "5:32",
    says: /unknown function deploymnt/,
    suggests: /"deployment"/,
  },
  {
    name: "an unknown invariant",
    text: spec("expect: [{always: {invariant: no-overcomit}}]"),
    at: "5:33",
    says: /unknown invariant/,
    suggests: /"no-overcommit"/,
  },
  {
    name: "an unknown metric",
    text: spec("measure: [{metric: pod_scheduling_second}]"),
    at: "5:22",
    says: /unknown metric/,
    suggests: /"pod_scheduling_seconds"/,
  },
  {
    name: "a bad threshold",
    text: spec("measure: [{metric: utilization, threshold: a lot}]"),
    at: "5:46",
    says: /a comparison like < 5s/,
  },
  {
    name: "an unknown parameter in a template",
    text: `${head}spec:\n  params: {replicas: {default: 3}}\n  duration: "\${{ params.replica }}s"\n`,
    at: "6:13",
    says: /params.replica has no value/,
    suggests: /replicas/,
  },
  {
    name: "a default of the wrong type",
    text: spec("params: {replicas: {type: integer, default: three}}"),
    at: "5:12",
    says: /expected an integer, got "three"/,
  },
  {
    name: "a quiz whose answer is no choice",
    text: step("{at: 0s, quiz: {ask: x, choices: [1, 2], answer: 3}}"),
    at: "6:56",
    says: /one of the choices 1, 2, got 3/,
  },
  {
    name: "both at and after",
    text: `${head}spec:\n  steps:\n    - {id: a, at: 0s, say: x}\n    - {at: 1s, after: a, say: y}\n`,
    at: "7:23",
    says: /"at" or "after", got both/,
  },
  {
    name: "an unknown timing",
    text: spec("cluster: {timing: {imagePul: 1s}}"),
    at: "5:22",
    says: /unknown key "imagePul"/,
    suggests: /"imagePull"/,
  },
  {
    name: "an unknown behaviour of an image",
    text: spec('cluster: {images: {"web:1": {startTme: 3s}}}'),
    at: "5:32",
    says: /unknown key "startTme"/,
    suggests: /"startTime"/,
  },
  {
    name: "a behaviour of the wrong type",
    text: spec('cluster: {images: {"web:1": {size: 1Mi}, "web:2": {pull: fails}}}'),
    at: "5:60",
    says: /expected a mapping, got "fails"/,
  },
  {
    name: "a mistake that only the node's part can see",
    text: spec('cluster: {images: {"web:1": {startTime: {dist: uniform, min: 3s, max: 1s}}}}'),
    at: "5:73",
    says: /expected at least 3s/,
  },
  {
    name: "an unknown distribution",
    text: spec("cluster: {timing: {imagePull: {dist: unifrm, max: 1s}}}"),
    at: "5:40",
    says: /one of fixed, uniform, normal, exponential, choice, got "unifrm"/,
    suggests: /"uniform"/,
  },
  {
    name: "a distribution without its bound",
    text: spec("cluster: {timing: {imagePull: {dist: uniform, min: 1s}}}"),
    at: "5:33",
    says: /the key "max", which is missing/,
  },
  {
    name: "an unknown pace",
    text: spec("cluster: {pace: {apiLatncy: 3ms}}"),
    at: "5:20",
    says: /unknown key "apiLatncy"/,
    suggests: /"apiLatency"/,
  },
  {
    name: "a duration in words",
    text: spec("duration: 2 minutes"),
    at: "5:13",
    says: /a duration like 30s/,
    suggests: /"2m"/,
  },
  {
    name: "a quantity in bytes",
    text: spec("cluster: {nodes: [{capacity: {memory: 8GB}}]}"),
    at: "5:41",
    says: /a quantity like/,
    suggests: /"8Gi" or "8G"/,
  },
  {
    name: "a node's name that is too long",
    text: spec(
      'cluster: {nodes: [{name: "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn-{i}"}]}',
    ),
    at: "5:28",
    says: /no more than 63 bytes/,
  },
  {
    name: "a node's name that no name may be",
    text: spec('cluster: {nodes: [{name: "Node_{i}"}]}'),
    at: "5:28",
    says: /Invalid value: "Node_1"/,
  },
  {
    name: "a device that the API would refuse",
    text: spec("cluster: {nodes: [{devices: [{driver: gpu.example.com, name: GPU}]}]}"),
    at: "5:31",
    says: /lower case/,
  },
  {
    name: "two nodes of one name",
    text: spec("cluster: {nodes: [{name: a}, {name: a}]}"),
    at: "5:39",
    says: /every node's name once, got "a" again/,
    suggests: /\{i\}/,
  },
  {
    name: "a step after the run's end",
    text: spec("steps: [{at: 11m, say: x}]"),
    at: "5:16",
    says: /within the run, which ends at 10m, got 11m/,
    suggests: /spec.duration/,
  },
  {
    name: "one sign of equality in a quoted expression",
    text: spec(`expect: [{eventually: {that: "pod('web').status.phase = 'Running'"}}]`),
    at: "5:57",
    says: /unexpected character: =/,
    suggests: /"=="/,
  },
  {
    name: "one sign of a conjunction in a plain expression",
    text: spec("expect: [{eventually: {that: true & false}}]"),
    at: "5:37",
    says: /unexpected character: &/,
    suggests: /"&&"/,
  },
  {
    name: "an unknown function within an expression",
    text: spec(`expect: [{eventually: {that: "1 == podds().size()"}}]`),
    at: "5:38",
    says: /unknown function podds/,
    suggests: /"pods"/,
  },
  {
    name: "a field of a manifest that is nearly right",
    text: `${head}spec:${web.replace("containers:", "container:")}\n`,
    at: "17:22",
    says: /unknown field "spec.template.spec.container"/,
    suggests: /"containers"/,
  },
  {
    name: "a dash in the wrong column",
    text: `${head}spec:\n  steps:\n    - id: a\n     at: 0s\n`,
    at: "7:1",
    says: /not valid YAML/,
    suggests: /same column/,
  },
  {
    name: "two documents",
    text: `${head}spec: {}\n---\na: 1\n`,
    at: "6:1",
    says: /expected one document/,
  },
];
