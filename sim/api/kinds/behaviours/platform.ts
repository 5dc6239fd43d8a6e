import type {
  APIService,
  CertificateSigningRequest,
  DeviceClass,
  FlowSchema,
  IPAddress,
  PriorityLevelConfiguration,
  ResourceClaim,
  ResourceClaimTemplate,
  ResourceSlice,
  ServiceCIDR,
} from "../../types.gen.ts";
import { apiServiceErrors } from "../../validation/cluster/api-service.ts";
import {
  signingRequestErrors,
  signingRequestStatusErrors,
  signingRequestUpdateErrors,
} from "../../validation/cluster/certificates.ts";
import { flowSchemaErrors, priorityLevelErrors } from "../../validation/cluster/flow-control.ts";
import { claimStatusErrors } from "../../validation/device/claim-status.ts";
import {
  claimSpecUpdateErrors,
  claimTemplateErrors,
  deviceClassErrors,
  resourceClaimErrors,
  templateSpecUpdateErrors,
} from "../../validation/device/device-claim.ts";
import {
  resourceSliceErrors,
  resourceSliceUpdateErrors,
} from "../../validation/device/resource-slice.ts";
import { pathSegmentErrors } from "../../validation/names.ts";
import {
  ipAddressErrors,
  ipAddressUpdateErrors,
  serviceCidrErrors,
  serviceCidrUpdateErrors,
} from "../../validation/network/address-range.ts";
import { addressNameErrors } from "../../validation/network/ip-errors.ts";
import type { KindBehaviour } from "../descriptor.ts";
import {
  defaultApiService,
  defaultClaimTemplate,
  defaultFlowSchema,
  defaultPriorityLevel,
  defaultResourceClaim,
  defaultResourceSlice,
  prepareApiServiceCreate,
} from "../platform-defaults.ts";
import { keepRequest, prepareRequestStatus } from "../signing-request.ts";
import { rulesFor } from "./typed.ts";

/** Rules of what the API server itself is run by: certificates, flow control, aggregation, address ranges. */
export const platformBehaviours: Readonly<Record<string, KindBehaviour>> = {
  APIService: rulesFor<APIService>({
    metaOnUpdate: ["update", "create"],
    defaults: defaultApiService,
    prepareCreate: prepareApiServiceCreate,
    nameRule: pathSegmentErrors,
    validateCreate: apiServiceErrors,
  }),
  CertificateSigningRequest: rulesFor<CertificateSigningRequest>({
    nameRule: pathSegmentErrors,
    prepareUpdate: keepRequest,
    prepareStatusUpdate: prepareRequestStatus,
    validateCreate: signingRequestErrors,
    validateUpdate: signingRequestUpdateErrors,
    validateStatusUpdate: signingRequestStatusErrors,
  }),
  FlowSchema: rulesFor<FlowSchema>({
    metaOnUpdate: ["create"],
    defaults: defaultFlowSchema,
    validateCreate: flowSchemaErrors,
  }),
  PriorityLevelConfiguration: rulesFor<PriorityLevelConfiguration>({
    metaOnUpdate: ["create"],
    defaults: defaultPriorityLevel,
    validateCreate: priorityLevelErrors,
  }),
  IPAddress: rulesFor<IPAddress>({
    nameRule: addressNameErrors,
    validateCreate: ipAddressErrors,
    validateUpdate: (next, before) => [
      ...ipAddressErrors(next),
      ...ipAddressUpdateErrors(next, before),
    ],
  }),
  ServiceCIDR: rulesFor<ServiceCIDR>({
    validateCreate: serviceCidrErrors,
    validateUpdate: serviceCidrUpdateErrors,
  }),
  ResourceClaim: rulesFor<ResourceClaim>({
    defaults: defaultResourceClaim,
    validateCreate: resourceClaimErrors,
    validateUpdate: claimSpecUpdateErrors,
    validateStatusUpdate: claimStatusErrors,
  }),
  ResourceClaimTemplate: rulesFor<ResourceClaimTemplate>({
    defaults: defaultClaimTemplate,
    validateCreate: claimTemplateErrors,
    validateUpdate: templateSpecUpdateErrors,
  }),
  DeviceClass: rulesFor<DeviceClass>({ validateCreate: deviceClassErrors }),
  ResourceSlice: rulesFor<ResourceSlice>({
    defaults: defaultResourceSlice,
    validateCreate: resourceSliceErrors,
    validateUpdate: resourceSliceUpdateErrors,
  }),
};
