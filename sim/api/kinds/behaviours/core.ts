import type {
  Endpoints,
  LimitRange,
  Namespace,
  Node,
  Pod,
  PodTemplate,
  Secret,
  Service,
} from "../../types.gen.ts";
import {
  defaultEndpoints,
  defaultLimitRange,
  defaultNamespace,
  defaultNode,
  defaultSecret,
  prepareNamespaceCreate,
} from "../core-defaults.ts";
import type { KindBehaviour } from "../descriptor.ts";
import { defaultPod } from "../pod/defaults.ts";
import { preparePodCreate } from "../pod/prepare.ts";
import { defaultService, withFamilies } from "../service/defaults.ts";
import { defaultPodTemplateObject } from "../workload-defaults.ts";
import { rulesFor } from "./typed.ts";

/** Rules of the core group. */
export const coreBehaviours: Readonly<Record<string, KindBehaviour>> = {
  Pod: rulesFor<Pod>({ defaults: defaultPod, prepareCreate: preparePodCreate }),
  PodTemplate: rulesFor<PodTemplate>({
    defaults: defaultPodTemplateObject,
    generationOf: (object) => object.template,
  }),
  Service: rulesFor<Service>({ defaults: defaultService, prepareCreate: withFamilies }),
  Secret: rulesFor<Secret>({ defaults: defaultSecret }),
  Namespace: rulesFor<Namespace>({
    defaults: defaultNamespace,
    prepareCreate: prepareNamespaceCreate,
  }),
  Node: rulesFor<Node>({ defaults: defaultNode }),
  LimitRange: rulesFor<LimitRange>({ defaults: defaultLimitRange }),
  Endpoints: rulesFor<Endpoints>({ defaults: defaultEndpoints }),
};
