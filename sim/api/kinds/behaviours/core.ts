import type {
  ConfigMap,
  Endpoints,
  Event,
  LimitRange,
  Namespace,
  Node,
  Pod,
  PodTemplate,
  ResourceQuota,
  Secret,
  Service,
  ServiceAccount,
} from "../../types.gen.ts";
import {
  configMapErrors,
  frozenDataErrors,
  secretErrors,
  secretUpdateErrors,
} from "../../validation/cluster/config-data.ts";
import { eventErrors, eventUpdateErrors } from "../../validation/cluster/event.ts";
import { limitRangeErrors } from "../../validation/cluster/limit-range.ts";
import { namespaceErrors, namespaceStatusErrors } from "../../validation/cluster/namespace.ts";
import { nodeErrors, nodeUpdateErrors } from "../../validation/cluster/node.ts";
import {
  resourceQuotaErrors,
  resourceQuotaStatusErrors,
  resourceQuotaUpdateErrors,
} from "../../validation/cluster/resource-quota.ts";
import {
  nodeWarnings,
  secretWarnings,
  serviceWarnings,
} from "../../validation/cluster/warnings.ts";
import { dnsLabelErrors, pathSegmentErrors } from "../../validation/names.ts";
import { endpointsErrors } from "../../validation/network/endpoints.ts";
import { serviceErrors, serviceUpdateErrors } from "../../validation/network/service.ts";
import { podErrors } from "../../validation/pod/pod.ts";
import { podStatusErrors } from "../../validation/pod/pod-status.ts";
import { podUpdateErrors } from "../../validation/pod/pod-update.ts";
import { podWarnings, templateWarnings } from "../../validation/pod/pod-warnings.ts";
import { templateErrors } from "../../validation/workload/workloads.ts";
import {
  defaultEndpoints,
  defaultLimitRange,
  defaultNamespace,
  defaultNode,
  defaultResourceQuota,
  defaultSecret,
  keepFinalizers,
  prepareNamespaceCreate,
} from "../core-defaults.ts";
import type { KindBehaviour } from "../descriptor.ts";
import { defaultPod } from "../pod/defaults.ts";
import { preparePodCreate, preparePodStatusUpdate } from "../pod/prepare.ts";
import { defaultService, withFamilies } from "../service/defaults.ts";
import { prepareServiceUpdate } from "../service/update.ts";
import { defaultPodTemplateObject } from "../workload-defaults.ts";
import { rulesFor } from "./typed.ts";

/** Rules of the core group. */
export const coreBehaviours: Readonly<Record<string, KindBehaviour>> = {
  Pod: rulesFor<Pod>({
    metaOnUpdate: ["update", "create"],
    defaults: defaultPod,
    prepareCreate: preparePodCreate,
    validateCreate: podErrors,
    prepareStatusUpdate: preparePodStatusUpdate,
    validateUpdate: podUpdateErrors,
    validateStatusUpdate: podStatusErrors,
    warnings: podWarnings,
  }),
  PodTemplate: rulesFor<PodTemplate>({
    defaults: defaultPodTemplateObject,
    generationOf: (object) => object.template,
    validateCreate: ({ template }) => templateErrors(template, "template"),
    warnings: ({ template }) => templateWarnings(template, "template"),
  }),
  Service: rulesFor<Service>({
    metaOnUpdate: ["update", "create"],
    defaults: defaultService,
    prepareCreate: (object) => withFamilies(object),
    prepareUpdate: prepareServiceUpdate,
    nameRule: dnsLabelErrors,
    validateCreate: serviceErrors,
    validateUpdate: (next, before) => [
      ...serviceUpdateErrors(next, before),
      ...serviceErrors(next),
    ],
    warnings: serviceWarnings,
  }),
  ConfigMap: rulesFor<ConfigMap>({
    metaOnUpdate: ["update", "create"],
    validateCreate: configMapErrors,
    validateUpdate: (next, before) => [...frozenDataErrors(next, before), ...configMapErrors(next)],
  }),
  ResourceQuota: rulesFor<ResourceQuota>({
    defaults: defaultResourceQuota,
    validateCreate: resourceQuotaErrors,
    validateUpdate: (next, before) => [
      ...resourceQuotaErrors(next),
      ...resourceQuotaUpdateErrors(next, before),
    ],
    validateStatusUpdate: resourceQuotaStatusErrors,
  }),
  Secret: rulesFor<Secret>({
    metaOnUpdate: ["update", "create"],
    defaults: defaultSecret,
    validateCreate: secretErrors,
    validateUpdate: (next, before) => [...secretUpdateErrors(next, before), ...secretErrors(next)],
    warnings: secretWarnings,
  }),
  ServiceAccount: rulesFor<ServiceAccount>({ metaOnUpdate: ["update", "create"] }),
  Namespace: rulesFor<Namespace>({
    metaOnUpdate: ["create", "update"],
    defaults: defaultNamespace,
    prepareCreate: prepareNamespaceCreate,
    prepareUpdate: keepFinalizers,
    nameRule: dnsLabelErrors,
    validateCreate: namespaceErrors,
    validateStatusUpdate: namespaceStatusErrors,
  }),
  Node: rulesFor<Node>({
    metaOnUpdate: ["create", "update"],
    defaults: defaultNode,
    validateCreate: nodeErrors,
    warnings: nodeWarnings,
    validateUpdate: (next, before) => [...nodeErrors(next), ...nodeUpdateErrors(next, before)],
    validateStatusUpdate: nodeUpdateErrors,
  }),
  LimitRange: rulesFor<LimitRange>({
    metaOnUpdate: ["create"],
    defaults: defaultLimitRange,
    validateCreate: limitRangeErrors,
  }),
  Event: rulesFor<Event>({
    nameRule: pathSegmentErrors,
    metaOnUpdate: [],
    validateCreate: eventErrors,
    validateUpdate: eventUpdateErrors,
  }),
  Endpoints: rulesFor<Endpoints>({
    metaOnUpdate: ["update", "create"],
    defaults: defaultEndpoints,
    validateCreate: endpointsErrors,
    warnings: () => ["v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"],
  }),
};
