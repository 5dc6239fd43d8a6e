/** What a command says otherwise in another version of kubectl than the recording's 1.33. */
interface VersionDifference {
  readonly cmd: RegExp;
  /** What every differing line must be about. */
  readonly about: RegExp;
  /** The first minor version that says it as recorded; any other version may differ when absent. */
  readonly before?: number;
}

const templates = /Node-Selectors|Tolerations/;
const managed =
  /managedFields|fieldsType|fieldsV1| f:|k:\{|\.: \{\}|manager:|operation:|time:|@@|apiVersion|namespace:|resourceVersion:/;

const differences: readonly VersionDifference[] = [
  { cmd: /^kubectl version$/, about: /(Client|Kustomize|Server) Version|version difference/ },
  { cmd: /^kubectl get pods --watch-only/, about: /unknown flag/ },
  { cmd: /^kubectl describe (pod|deployment|rs)/, about: /^ {2}[-+] +(ConfigMap)?Optional:/m },
  { cmd: /^kubectl (autoscale|delete|events|auth)/, about: /deprecat|namespace/ },
  // Debian's client is years older than the recording's.
  { before: 31, cmd: /^kubectl (describe (deployment|rs)|rollout history)/, about: templates },
  {
    before: 31,
    cmd: /^kubectl describe job/,
    about:
      /Node-Selectors|Tolerations|Backoff Limit|Completion Mode|Suspend|Pods Statuses: .* 3 Succeeded/,
  },
  { before: 31, cmd: /^kubectl describe pod/, about: /Optional:|Service Account:/ },
  { before: 31, cmd: /^kubectl describe cm/, about: /BinaryData/ },
  {
    before: 31,
    cmd: /^kubectl describe service/,
    about: /Internal Traffic Policy|v1 Endpoints is deprecated/,
  },
  { before: 30, cmd: /^kubectl logs/, about: /pods "nope" not found/ },
  {
    before: 27,
    cmd: /^kubectl explain/,
    about: /GROUP|VERSION|FIELD|RESOURCE|ENUM|Always|Never|OnFailure/,
  },
  {
    before: 27,
    cmd: /^kubectl auth whoami/,
    about: /whoami|auth -h|ATTRIBUTE|Username|UID|Groups/,
  },
  {
    before: 26,
    cmd: /^kubectl events/,
    about: /unknown command|kubectl --help|LAST SEEN|ScalingReplicaSet/,
  },
  { before: 26, cmd: /^kubectl apply --server-side/, about: /^ {2}[-+] See http.*#conflicts$/ },
  {
    // Fields were validated by the client, and what followed in the same file was not sent then.
    before: 25,
    cmd: /^kubectl apply -f -/,
    about:
      /error validating data: ValidationError|strict decoding error|cannot unmarshal|service\/web (created|unchanged)/,
  },
  { before: 25, cmd: /^kubectl wait --for=delete/, about: /no matching resources found/ },
  { before: 22, cmd: /^kubectl drain/, about: /node\/node-1 (drained|evicted)/ },
  { before: 22, cmd: /^kubectl label/, about: /node\/node-0 (un)?labeled/ },
  {
    before: 21,
    cmd: /^kubectl create job manual --from/,
    about: /job.batch\/manual created|no kind "CronJob" is registered/,
  },
  { before: 21, cmd: /^kubectl get jobs/, about: /manual Running|NAME STATUS|No resources found/ },
  { before: 21, cmd: /^kubectl cluster-info/, about: /Kubernetes control plane/ },
  { before: 21, cmd: /^kubectl (diff|get cm app -o yaml)/, about: managed },
  { before: 21, cmd: /--show-managed-fields/, about: /unknown flag|--help|other/ },
];

/** The minor version of `v1.33.1`. */
export function minorOf(version: string): number {
  return Number(/^v\d+\.(\d+)/.exec(version)?.[1] ?? 0);
}

/** Whether a difference (lines marked `-` and `+`) between answers to a command is only that of a version. */
export function isVersionOnly(cmd: string, text: string, minor: number): boolean {
  const lines = text.split("\n").filter((line) => /^ {2}[-+] *\S/.test(line));
  return (
    lines.length > 0 &&
    differences.some(
      ({ cmd: command, about, before = Number.POSITIVE_INFINITY }) =>
        minor < before && command.test(cmd) && lines.every((line) => about.test(line)),
    )
  );
}
