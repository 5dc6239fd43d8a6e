import { describe, expect, it } from "vitest";
import { DYN } from "../../../sim/api/cel/typed/types.ts";
import type { JSONSchemaProps } from "../../../sim/api/types.gen.ts";
import {
  expressionErrors,
  policyNames,
} from "../../../sim/api/validation/admission/admission-expressions.ts";
import { ruleCompileErrors } from "../../../sim/api/validation/definition/definition-rules.ts";

/* Rules of the kind that widely used definitions have, over schemas with their limits: every API server takes them. */

type Schema = JSONSchemaProps;

const text = (maxLength?: number): Schema => ({
  type: "string",
  ...(maxLength === undefined ? {} : { maxLength }),
});
const int: Schema = { type: "integer", format: "int32" };
const object = (properties: Readonly<Record<string, Schema>>): Schema => ({
  type: "object",
  properties,
});
const list = (items: Schema, maxItems?: number): Schema => ({
  type: "array",
  items,
  ...(maxItems === undefined ? {} : { maxItems }),
});
const ruled = (schema: Schema, ...rules: readonly string[]): Schema => ({
  ...schema,
  "x-kubernetes-validations": rules.map((rule) => ({ rule })),
});

const PATH = ruled(
  object({
    type: { ...text(), enum: ["Exact", "PathPrefix", "RegularExpression"] },
    value: text(1024),
  }),
  "(self.type in ['Exact','PathPrefix']) ? self.value.startsWith('/') : true",
  "(self.type in ['Exact','PathPrefix']) ? !self.value.contains('//') : true",
  "(self.type in ['Exact','PathPrefix']) ? !self.value.endsWith('/..') : true",
  `(self.type in ['Exact','PathPrefix']) ? self.value.matches(r"""^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$""") : true`,
);
const FILTER = ruled(
  object({
    type: { ...text(), enum: ["RequestRedirect", "URLRewrite"] },
    requestRedirect: object({ path: object({ type: text(), replacePrefixMatch: text(1024) }) }),
  }),
  "!(has(self.requestRedirect) && self.type != 'RequestRedirect')",
  "!(!has(self.requestRedirect) && self.type == 'RequestRedirect')",
);
const BACKEND = ruled(
  object({ group: text(253), kind: text(63), name: text(253), port: int }),
  "(size(self.group) == 0 && self.kind == 'Service') ? has(self.port) : true",
);
const ROUTE_RULE = ruled(
  object({
    matches: list(object({ path: PATH }), 64),
    filters: ruled(
      list(FILTER, 16),
      "!(self.exists(f, f.type == 'RequestRedirect') && self.exists(f, f.type == 'URLRewrite'))",
      "self.filter(f, f.type == 'RequestRedirect').size() <= 1",
    ),
    backendRefs: list(BACKEND, 16),
    timeouts: ruled(
      object({ request: text(), backendRequest: text() }),
      "!(has(self.request) && has(self.backendRequest) && duration(self.request) != duration('0s') && duration(self.backendRequest) > duration(self.request))",
    ),
  }),
  "(has(self.backendRefs) && size(self.backendRefs) > 0) ? (!has(self.filters) || self.filters.all(f, !has(f.requestRedirect))): true",
  "(has(self.filters) && self.filters.exists_one(f, has(f.requestRedirect) && has(f.requestRedirect.path) && f.requestRedirect.path.type == 'ReplacePrefixMatch' && has(f.requestRedirect.path.replacePrefixMatch))) ? ((size(self.matches) != 1 || !has(self.matches[0].path) || self.matches[0].path.type != 'PathPrefix') ? false : true) : true",
);
const PARENT = object({
  group: text(253),
  kind: text(63),
  namespace: text(63),
  name: text(253),
  sectionName: text(253),
  port: int,
});
const route = object({
  parentRefs: ruled(
    list(PARENT, 32),
    "self.all(p1, self.all(p2, p1.group == p2.group && p1.kind == p2.kind && p1.name == p2.name && (((!has(p1.__namespace__) || p1.__namespace__ == '') && (!has(p2.__namespace__) || p2.__namespace__ == '')) || (has(p1.__namespace__) && has(p2.__namespace__) && p1.__namespace__ == p2.__namespace__ )) ? ((!has(p1.sectionName) || p1.sectionName == '') == (!has(p2.sectionName) || p2.sectionName == '')) : true))",
  ),
  rules: ruled(
    list(ROUTE_RULE, 16),
    "(self.size() > 0 ? self[0].matches.size() : 0) + (self.size() > 1 ? self[1].matches.size() : 0) <= 128",
  ),
});

const LISTENER = object({
  name: text(253),
  hostname: text(253),
  port: int,
  protocol: text(255),
  tls: ruled(
    object({
      mode: { ...text(), enum: ["Terminate", "Passthrough"] },
      certificateRefs: list(object({ name: text(253) }), 64),
      options: { type: "object", additionalProperties: text(4096), maxProperties: 16 },
    }),
    "self.mode == 'Terminate' ? size(self.certificateRefs) > 0 || size(self.options) > 0 : true",
  ),
});
const gateway = object({
  listeners: ruled(
    list(LISTENER, 64),
    "self.all(l, l.protocol in ['HTTP', 'TCP', 'UDP'] ? !has(l.tls) : true)",
    "self.all(l, (l.protocol == 'HTTPS' && has(l.tls)) ? (l.tls.mode == '' || l.tls.mode == 'Terminate') : true)",
    "self.all(l1, self.exists_one(l2, l1.name == l2.name))",
    "self.all(l1, self.exists_one(l2, l1.port == l2.port && l1.protocol == l2.protocol && (has(l1.hostname) && has(l2.hostname) ? l1.hostname == l2.hostname : !has(l1.hostname) && !has(l2.hostname))))",
  ),
  addresses: ruled(
    list(object({ type: text(253), value: text(253) }), 16),
    "self.all(a1, a1.type == 'IPAddress' && has(a1.value) ? self.exists_one(a2, a2.type == a1.type && has(a2.value) && a2.value == a1.value) : true )",
  ),
});

const pool = object({
  budgets: ruled(
    list(object({ duration: text(), nodes: text(), schedule: text() }), 50),
    "self.all(x, has(x.schedule) == has(x.duration))",
  ),
  disruption: ruled(
    object({
      consolidateAfter: text(),
      consolidationPolicy: { ...text(), enum: ["WhenEmpty", "WhenUnderutilized"] },
    }),
    "has(self.consolidateAfter) ? self.consolidationPolicy != 'WhenUnderutilized' || self.consolidateAfter == 'Never' : true",
  ),
  labels: ruled(
    { type: "object", additionalProperties: text(63), maxProperties: 100 },
    'self.all(x, x in ["topology.kubernetes.io/zone", "kubernetes.io/arch"] || x.find("^([^/]+)").endsWith("node.kubernetes.io") || !x.find("^([^/]+)").endsWith("kubernetes.io"))',
    'self.all(x, x != "kubernetes.io/hostname")',
  ),
  requirements: ruled(
    list(
      object({
        key: ruled(
          text(316),
          'self in ["karpenter.sh/capacity-type"] || !self.find("^([^/]+)").endsWith("karpenter.sh")',
          'self != "kubernetes.io/hostname"',
        ),
        minValues: int,
        operator: { ...text(), enum: ["In", "NotIn", "Gt"] },
        values: list(text(63), 50),
      }),
      100,
    ),
    "self.all(x, x.operator == 'In' ? x.values.size() != 0 : true)",
    "self.all(x, (x.operator == 'Gt') ? (x.values.size() == 1 && int(x.values[0]) >= 0) : true)",
    "self.all(x, (x.operator == 'In' && has(x.minValues)) ? x.values.size() >= x.minValues : true)",
  ),
});

const flavor = ruled(
  object({
    topologyName: text(253),
    nodeLabels: { type: "object", additionalProperties: text(), maxProperties: 8 },
    nodeTaints: ruled(
      list(
        object({ effect: text(), key: text(), timeAdded: { ...text(), format: "date-time" } }),
        8,
      ),
      "self.all(x, x.effect in ['NoSchedule', 'PreferNoSchedule', 'NoExecute'])",
    ),
    tolerations: ruled(
      list(
        object({
          effect: text(),
          key: text(),
          operator: text(),
          tolerationSeconds: { type: "integer", format: "int64" },
          value: text(),
        }),
        8,
      ),
      "self.all(x, !has(x.key) ? x.operator == 'Exists' : true)",
      "self.all(x, has(x.tolerationSeconds) ? x.effect == 'NoExecute' : true)",
      "self.all(x, !has(x.operator) || x.operator in ['Equal', 'Exists'])",
      "self.all(x, has(x.operator) && x.operator == 'Exists' ? !has(x.value) : true)",
    ),
  }),
  "!has(self.topologyName) || self.nodeLabels.size() >= 1",
  "!has(oldSelf.topologyName) || self == oldSelf",
);

describe("the rules of", () => {
  it.each([
    ["routes", route],
    ["gateways", gateway],
    ["pools of nodes", pool],
    ["flavors of resources", flavor],
  ])("%s are taken", (_, spec) => {
    const errors = ruleCompileErrors(object({ spec }), "schema");
    expect(errors.map(({ field, message }) => `${field}: ${message}`)).toEqual([]);
  });
});

const CHANNEL = "gateway.networking.k8s.io/channel";
const names = policyNames({ params: DYN }, [
  {
    name: "containers",
    expression: "object.spec.containers + object.spec.?initContainers.orValue([])",
  },
  { name: "limit", expression: "has(params.limit) ? params.limit : 5" },
]);

describe("expressions of policies", () => {
  it.each([
    `object.spec.group != 'x' || oldObject == null || (has(object.metadata.annotations) && object.metadata.annotations.exists(k, k == '${CHANNEL}') && object.metadata.annotations['${CHANNEL}'] == 'standard')`,
    "matches(object.metadata.annotations['a'], '-(rc)') || !matches(object.metadata.annotations['a'], 'v0')",
    "object.spec.replicas <= params.maxReplicas",
    "!has(object.metadata.labels) || object.metadata.labels.all(k, k.startsWith('x'))",
    "object.spec.containers.all(c, has(c.securityContext) && c.securityContext.runAsNonRoot)",
    "object.spec.?securityContext.orValue({}).?runAsNonRoot.orValue(false)",
    "variables.containers.all(c, c.image.startsWith('registry.local/'))",
    "object.spec.replicas <= variables.limit",
    "request.operation != 'DELETE' || authorizer.group('').resource('pods').check('get').allowed()",
    "namespaceObject.metadata.labels['env'] == 'prod' || 'env' in namespaceObject.metadata.labels",
    "request.userInfo.username in ['a'] || request.userInfo.groups.exists(g, g == 'b')",
    "!(object.spec.hostNetwork == true) && size(object.spec.containers) < 5",
    "quantity(object.spec.containers[0].resources.limits['memory']).compareTo(quantity('1Gi')) <= 0",
    "dyn(object.spec.replicas) == 3 && int(object.spec.replicas) % 2 == 1",
    "object.metadata.?annotations[?'a'].orValue('') == 'x'",
    "[object, oldObject].all(o, has(o.metadata))",
    "object.spec.containers.map(c, c.name).isSorted()",
  ])("%s is a truth", (expression) => {
    expect(expressionErrors(expression, "f", names, ["bool"])).toEqual([]);
  });

  it.each([
    "'object.spec.replicas must be no greater than ' + string(params.maxReplicas)",
    "'%s has %d'.format([object.metadata.name, 3])",
    "string(object.metadata.name)",
    "object.metadata.name + ' is wrong'",
  ])("%s is a text", (expression) => {
    expect(expressionErrors(expression, "f", names, ["string"])).toEqual([]);
  });
});
