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

const certificateRequest = `apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {name: ann}
spec:
  request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlJQ1ZqQ0NBVDRDQVFBd0VURVBNQTBHQTFVRUF3d0dZVzVuWld4aE1JSUJJakFOQmdrcWhraUc5dzBCQVFFRgpBQU9DQVE4QU1JSUJDZ0tDQVFFQTByczhJTHRHdTYxakx2dHhWTTJSVlRWMDNHWlJTWWw0dWluVWo4RElaWjBOCnR2MUZtRVFSd3VoaUZsOFEzcWl0Qm0wMUFSMkNJVXBGd2ZzSjZ4MXF3ckJzVkhZbGlBNVhwRVpZM3ExcGswSDQKM3Z3aGJlK1o2MVNrVHF5SVBYUUwrTWM5T1Nsbm0xb0R2N0NtSkZNMUlMRVI3QTVGZnZKOEdFRjJ6dHBoaUlFMwpub1dtdHNZb3JuT2wzc2lHQ2ZGZzR4Zmd4eW8ybmlneFNVekl1bXNnVm9PM2ttT0x1RVF6cXpkakJ3TFJXbWlECklmMXBMWnoyalVnald4UkhCM1gyWnVVV1d1T09PZnpXM01LaE8ybHEvZi9DdS8wYk83c0x0MCt3U2ZMSU91TFcKcW90blZtRmxMMytqTy82WDNDKzBERHk5aUtwbXJjVDBnWGZLemE1dHJRSURBUUFCb0FBd0RRWUpLb1pJaHZjTgpBUUVMQlFBRGdnRUJBR05WdmVIOGR4ZzNvK21VeVRkbmFjVmQ1N24zSkExdnZEU1JWREkyQTZ1eXN3ZFp1L1BVCkkwZXpZWFV0RVNnSk1IRmQycVVNMjNuNVJsSXJ3R0xuUXFISUh5VStWWHhsdnZsRnpNOVpEWllSTmU3QlJvYXgKQVlEdUI5STZXT3FYbkFvczFqRmxNUG5NbFpqdU5kSGxpT1BjTU1oNndLaTZzZFhpVStHYTJ2RUVLY01jSVUyRgpvU2djUWdMYTk0aEpacGk3ZnNMdm1OQUxoT045UHdNMGM1dVJVejV4T0dGMUtCbWRSeEgvbUNOS2JKYjFRQm1HCkkwYitEUEdaTktXTU0xMzhIQXdoV0tkNjVoVHdYOWl4V3ZHMkh4TG1WQzg0L1BHT0tWQW9FNkpsYWFHdTlQVmkKdjlOSjVaZlZrcXdCd0hKbzZXdk9xVlA3SVFjZmg3d0drWm89Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=
  signerName: kubernetes.io/kube-apiserver-client
  usages: [client auth]
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
  // Explained from the OpenAPI documents, and validated by them before anything is sent.
  { cmd: "explain service.spec.ports" },
  { cmd: "explain deployment.spec.strategy" },
  { cmd: "explain pod.spec.nope" },
  { cmd: "apply -f -", stdin: '{"kind":"Foo","apiVersion":"v9","metadata":{"name":"x"}}' },
  {
    cmd: "apply -f -",
    stdin: '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x"},"dat":{}}',
  },
  // What kube-apiserver writes into every cluster.
  { cmd: "get cs" },
  { cmd: "get flowschemas" },
  { cmd: "get prioritylevelconfigurations" },
  { cmd: "get apiservices v1.apps v2.autoscaling" },
  { cmd: "get servicecidrs" },
  { cmd: "get clusterroles cluster-admin view -o name" },
  { cmd: "describe clusterrole system:basic-user" },
  { cmd: "get --raw /livez/etcd" },
  { cmd: "get --raw /readyz?verbose" },
  { cmd: "create rolebinding carols --clusterrole=view --user=carol" },
  { cmd: "auth can-i list deployments --as carol" },
  { cmd: "auth can-i delete deployments --as carol" },
  { cmd: "auth can-i --list --as dora" },
  // Requests for certificates.
  { cmd: "apply -f -", stdin: certificateRequest },
  { cmd: "get csr" },
  { cmd: "certificate approve ann" },
  { cmd: "get csr ann --no-headers" },
  { cmd: "certificate deny ann" },
  // Parts of objects.
  { cmd: "create deployment app --image=app:1 --replicas=2", settle: 10 },
  { cmd: "get deployment app --subresource=scale" },
  {
    cmd: 'patch deployment app --subresource=scale --type=merge -p {"spec":{"replicas":3}}',
    settle: 5,
  },
  { cmd: "get deployment app --no-headers" },
  { cmd: "scale deployment app --current-replicas=2 --replicas=1" },
  { cmd: "set env deployment/app A=1 B=2", settle: 10 },
  { cmd: "set env deployment/app --list" },
  { cmd: "set env deployment/app A-", settle: 10 },
  { cmd: "set resources deployment/app --limits=cpu=200m --requests=cpu=300m" },
  { cmd: "set serviceaccount deployment/app default", settle: 10 },
  { cmd: "rollout undo deployment/app --to-revision=9" },
  { cmd: "rollout pause deployment/app" },
  { cmd: "rollout pause deployment/app" },
  { cmd: "rollout resume deployment/app" },
  { cmd: "label deployment app tier=front" },
  { cmd: "label deployment app --list" },
  { cmd: "label deployment app tier=back" },
  { cmd: "annotate deployment app note=x --resource-version=1" },
  { cmd: "get deployment -l tier=front -L tier --no-headers" },
  { cmd: "get deployment --field-selector=status.replicas=1" },
  { cmd: "get deployment,service -o name" },
  { cmd: "wait --for=condition=Available deployment/app --timeout=5s" },
  { cmd: "wait --for=jsonpath={.spec.replicas}=3 deployment/app --timeout=5s" },
  { cmd: "wait --for=condition=Nope deployment/app --timeout=1s" },
  { cmd: "expose deployment app --port=80 --type=NodePort" },
  { cmd: "expose deployment app --port=80" },
  { cmd: "create service externalname out --external-name=example.com" },
  { cmd: "create ingress in --rule=example.com/*=app:80,tls=secret --class=nginx" },
  { cmd: "get service,ingress out in --no-headers" },
  { cmd: "describe ingress in" },
  { cmd: "create quota all --hard=pods=9,services=9", settle: 2 },
  { cmd: "describe quota all" },
  { cmd: "create priorityclass high --value=1000 --description=x" },
  { cmd: "get priorityclass high" },
  { cmd: "create pdb app --selector=app=app --min-available=2", settle: 2 },
  { cmd: "get pdb" },
  { cmd: "create configmap files --from-literal=a=1 --dry-run=server -o name" },
  { cmd: "apply set-last-applied -f - --create-annotation", stdin: configMap("two", "9") },
  { cmd: "apply view-last-applied configmap two -o json" },
  { cmd: "delete deployment app --cascade=orphan" },
  { cmd: "get rs -l app=app --no-headers" },
  { cmd: "delete rs -l app=app --wait=false" },
  { cmd: "delete namespace default" },
];
