/** One command beyond the recorded session, with what it is given. */
export interface Extra {
  readonly cmd: string;
  readonly stdin?: string;
  /** Virtual seconds that pass afterwards. */
  readonly settle?: number;
  /** What the editor that `kubectl edit` starts does: a sed script. */
  readonly edit?: string;
}

const configMap = (name: string, value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, labels: {set: x}}\ndata: {a: "${value}"}\n`;

const policy = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: no-latest}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}]
  validations:
  - expression: object.spec.template.spec.containers.all(c, !c.image.endsWith(':latest'))
    message: pin your images
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: no-latest}
spec: {policyName: no-latest, validationActions: [Deny]}
`;

/** What the recorded session leaves out: logs, usage, following, editing, pruning, roles, policies. */
export const extras: readonly Extra[] = [
  { cmd: "create deployment web --image=app:1 --replicas=2", settle: 60 },
  { cmd: "get deployment web" },
  { cmd: "logs deploy/web --tail=2" },
  { cmd: "logs web" },
  { cmd: "top nodes" },
  { cmd: "top pods --no-headers" },
  { cmd: "scale deployment web --replicas=3", settle: 10 },
  { cmd: "get rs --no-headers" },
  { cmd: "edit deployment web", edit: "s/replicas: 3/replicas: 1/", settle: 10 },
  { cmd: "get deployment web -o jsonpath={.spec.replicas}" },
  { cmd: "apply -f -", stdin: configMap("one", "1") },
  { cmd: "apply view-last-applied configmap one" },
  { cmd: "apply -f -", stdin: configMap("one", "2") },
  {
    cmd: "apply --prune -l set=x --prune-allowlist=core/v1/ConfigMap -f -",
    stdin: configMap("two", "1"),
  },
  { cmd: "get configmap -l set=x -o name" },
  { cmd: "auth can-i delete pods --as bob" },
  { cmd: "get pods --as bob" },
  { cmd: "create clusterrole lister --verb=list --resource=pods" },
  { cmd: "create clusterrolebinding bobs --clusterrole=lister --user=bob" },
  { cmd: "auth can-i list pods --as bob" },
  { cmd: "get pods -n kube-system --as bob" },
  { cmd: "apply -f -", stdin: policy },
  { cmd: "create deployment loose --image=app:latest" },
  { cmd: "create deployment tight --image=app:2" },
  { cmd: "debug pod/nope --image=busybox" },
  { cmd: "exec deploy/web -- ls" },
  { cmd: 'patch deployment web -p {"spec":{"replicas":"x"}}' },
  { cmd: 'patch deployment web --type=json -p [{"op":"test","path":"/spec/replicas","value":9}]' },
  { cmd: "create token default --duration=10m" },
  { cmd: "get --raw /readyz" },
  { cmd: "delete deployment web tight" },
];
