/**
 * Fields that Kubernetes added after the descriptors we read, and the groups those do not have, as `name:number:type`, parted by
 * blanks. Numbers follow the `generated.proto` of kubernetes/api, apiextensions-apiserver and kube-aggregator; those of what came after
 * v1.34 could not be held against a recording (docs/fidelity.md).
 */
const core: Readonly<Record<string, string>> = {
  "core.v1.Container": "restartPolicyRules:25:[]core.v1.ContainerRestartRule",
  "core.v1.ContainerExtendedResourceRequest":
    "containerName:1:string resourceName:2:string requestName:3:string",
  "core.v1.ContainerRestartRule":
    "action:1:string exitCodes:2:core.v1.ContainerRestartRuleOnExitCodes",
  "core.v1.ContainerRestartRuleOnExitCodes": "operator:1:string values:2:[]int32",
  "core.v1.EnvVarSource": "fileKeyRef:5:core.v1.FileKeySelector",
  "core.v1.EphemeralContainerCommon": "restartPolicyRules:25:[]core.v1.ContainerRestartRule",
  "core.v1.FileKeySelector": "volumeName:1:string path:2:string key:3:string optional:4:bool",
  "core.v1.ImageVolumeStatus": "imageRef:1:string",
  "core.v1.NodeStatus": "declaredFeatures:14:[]string",
  "core.v1.PodCertificateProjection":
    "signerName:1:string keyType:2:string maxExpirationSeconds:3:int32 credentialBundlePath:4:string keyPath:5:string certificateChainPath:6:string userAnnotations:7:{}string",
  "core.v1.PodExtendedResourceClaimStatus":
    "requestMappings:1:[]core.v1.ContainerExtendedResourceRequest resourceClaimName:2:string",
  "core.v1.PodSpec": "hostnameOverride:41:string",
  "core.v1.PodStatus":
    "extendedResourceClaimStatus:18:core.v1.PodExtendedResourceClaimStatus allocatedResources:19:{}quantity resources:20:core.v1.ResourceRequirements",
  "core.v1.ResourceHealth": "message:3:string",
  "core.v1.VolumeMountStatus": "volumeStatus:5:core.v1.VolumeStatus",
  "core.v1.VolumeProjection": "podCertificate:6:core.v1.PodCertificateProjection",
  "core.v1.VolumeStatus": "image:1:core.v1.ImageVolumeStatus",
};

const meta: Readonly<Record<string, string>> = {
  "meta.v1.PartialObjectMetadata": "metadata:1:meta.v1.ObjectMeta",
  "meta.v1.PartialObjectMetadataList":
    "metadata:1:meta.v1.ListMeta items:2:[]meta.v1.PartialObjectMetadata",
};

const storage: Readonly<Record<string, string>> = {
  "storage.v1.CSIDriverSpec": "serviceAccountTokenInSecrets:10:bool",
  "storage.v1.VolumeAttributesClass":
    "metadata:1:meta.v1.ObjectMeta driverName:2:string parameters:3:{}string",
  "storage.v1.VolumeAttributesClassList":
    "metadata:1:meta.v1.ListMeta items:2:[]storage.v1.VolumeAttributesClass",
};

const admission: Readonly<Record<string, string>> = {
  "admissionregistration.v1.ApplyConfiguration": "expression:1:string",
  "admissionregistration.v1.JSONPatch": "expression:1:string",
  "admissionregistration.v1.MutatingAdmissionPolicy":
    "metadata:1:meta.v1.ObjectMeta spec:2:admissionregistration.v1.MutatingAdmissionPolicySpec",
  "admissionregistration.v1.MutatingAdmissionPolicyBinding":
    "metadata:1:meta.v1.ObjectMeta spec:2:admissionregistration.v1.MutatingAdmissionPolicyBindingSpec",
  "admissionregistration.v1.MutatingAdmissionPolicyBindingList":
    "metadata:1:meta.v1.ListMeta items:2:[]admissionregistration.v1.MutatingAdmissionPolicyBinding",
  "admissionregistration.v1.MutatingAdmissionPolicyBindingSpec":
    "policyName:1:string paramRef:2:admissionregistration.v1.ParamRef matchResources:3:admissionregistration.v1.MatchResources",
  "admissionregistration.v1.MutatingAdmissionPolicyList":
    "metadata:1:meta.v1.ListMeta items:2:[]admissionregistration.v1.MutatingAdmissionPolicy",
  "admissionregistration.v1.MutatingAdmissionPolicySpec":
    "paramKind:1:admissionregistration.v1.ParamKind matchConstraints:2:admissionregistration.v1.MatchResources variables:3:[]admissionregistration.v1.Variable mutations:4:[]admissionregistration.v1.Mutation failurePolicy:5:string matchConditions:6:[]admissionregistration.v1.MatchCondition reinvocationPolicy:7:string",
  "admissionregistration.v1.Mutation":
    "patchType:2:string applyConfiguration:3:admissionregistration.v1.ApplyConfiguration jsonPatch:4:admissionregistration.v1.JSONPatch",
};

const registration: Readonly<Record<string, string>> = {
  "apiregistration.v1.APIService":
    "metadata:1:meta.v1.ObjectMeta spec:2:apiregistration.v1.APIServiceSpec status:3:apiregistration.v1.APIServiceStatus",
  "apiregistration.v1.APIServiceCondition":
    "type:1:string status:2:string lastTransitionTime:3:time reason:4:string message:5:string",
  "apiregistration.v1.APIServiceList":
    "metadata:1:meta.v1.ListMeta items:2:[]apiregistration.v1.APIService",
  "apiregistration.v1.APIServiceSpec":
    "service:1:apiregistration.v1.ServiceReference group:2:string version:3:string insecureSkipTLSVerify:4:bool caBundle:5:bytes groupPriorityMinimum:7:int32 versionPriority:8:int32",
  "apiregistration.v1.APIServiceStatus": "conditions:1:[]apiregistration.v1.APIServiceCondition",
  "apiregistration.v1.ServiceReference": "namespace:1:string name:2:string port:3:int32",
};

const PROPS = "apiextensions.v1.JSONSchemaProps";

/** `schemaOr…`: one value in JSON, a message of alternatives on the wire (see sim/api/protobuf/codec.ts). */
const schemaProps = [
  "id:1:string $schema:2:string $ref:3:string description:4:string type:5:string format:6:string title:7:string",
  "default:8:raw maximum:9:float64 exclusiveMaximum:10:bool minimum:11:float64 exclusiveMinimum:12:bool",
  "maxLength:13:int64 minLength:14:int64 pattern:15:string maxItems:16:int64 minItems:17:int64 uniqueItems:18:bool",
  "multipleOf:19:float64 enum:20:[]raw maxProperties:21:int64 minProperties:22:int64 required:23:[]string",
  `items:24:schemaOrArray allOf:25:[]${PROPS} oneOf:26:[]${PROPS} anyOf:27:[]${PROPS} not:28:${PROPS}`,
  `properties:29:{}${PROPS} additionalProperties:30:schemaOrBool patternProperties:31:{}${PROPS}`,
  `dependencies:32:{}schemaOrStrings additionalItems:33:schemaOrBool definitions:34:{}${PROPS}`,
  "externalDocs:35:apiextensions.v1.ExternalDocumentation example:36:raw nullable:37:bool",
  "x-kubernetes-preserve-unknown-fields:38:bool x-kubernetes-embedded-resource:39:bool",
  "x-kubernetes-int-or-string:40:bool x-kubernetes-list-map-keys:41:[]string x-kubernetes-list-type:42:string",
  "x-kubernetes-map-type:43:string x-kubernetes-validations:44:[]apiextensions.v1.ValidationRule",
].join(" ");

const extensions: Readonly<Record<string, string>> = {
  "apiextensions.v1.CustomResourceColumnDefinition":
    "name:1:string type:2:string format:3:string description:4:string priority:5:int32 jsonPath:6:string",
  "apiextensions.v1.CustomResourceConversion":
    "strategy:1:string webhook:2:apiextensions.v1.WebhookConversion",
  "apiextensions.v1.CustomResourceDefinition":
    "metadata:1:meta.v1.ObjectMeta spec:2:apiextensions.v1.CustomResourceDefinitionSpec status:3:apiextensions.v1.CustomResourceDefinitionStatus",
  "apiextensions.v1.CustomResourceDefinitionCondition":
    "type:1:string status:2:string lastTransitionTime:3:time reason:4:string message:5:string observedGeneration:6:int64",
  "apiextensions.v1.CustomResourceDefinitionList":
    "metadata:1:meta.v1.ListMeta items:2:[]apiextensions.v1.CustomResourceDefinition",
  "apiextensions.v1.CustomResourceDefinitionNames":
    "plural:1:string singular:2:string shortNames:3:[]string kind:4:string listKind:5:string categories:6:[]string",
  "apiextensions.v1.CustomResourceDefinitionSpec":
    "group:1:string names:3:apiextensions.v1.CustomResourceDefinitionNames scope:4:string versions:7:[]apiextensions.v1.CustomResourceDefinitionVersion conversion:9:apiextensions.v1.CustomResourceConversion preserveUnknownFields:10:bool",
  "apiextensions.v1.CustomResourceDefinitionStatus":
    "conditions:1:[]apiextensions.v1.CustomResourceDefinitionCondition acceptedNames:2:apiextensions.v1.CustomResourceDefinitionNames storedVersions:3:[]string observedGeneration:4:int64",
  "apiextensions.v1.CustomResourceDefinitionVersion":
    "name:1:string served:2:bool storage:3:bool schema:4:apiextensions.v1.CustomResourceValidation subresources:5:apiextensions.v1.CustomResourceSubresources additionalPrinterColumns:6:[]apiextensions.v1.CustomResourceColumnDefinition deprecated:7:bool deprecationWarning:8:string selectableFields:9:[]apiextensions.v1.SelectableField",
  "apiextensions.v1.CustomResourceSubresourceScale":
    "specReplicasPath:1:string statusReplicasPath:2:string labelSelectorPath:3:string",
  "apiextensions.v1.CustomResourceSubresourceStatus": "",
  "apiextensions.v1.CustomResourceSubresources":
    "status:1:apiextensions.v1.CustomResourceSubresourceStatus scale:2:apiextensions.v1.CustomResourceSubresourceScale",
  "apiextensions.v1.CustomResourceValidation": `openAPIV3Schema:1:${PROPS}`,
  "apiextensions.v1.ExternalDocumentation": "description:1:string url:2:string",
  "apiextensions.v1.JSONSchemaProps": schemaProps,
  "apiextensions.v1.SelectableField": "jsonPath:1:string",
  "apiextensions.v1.ServiceReference":
    "namespace:1:string name:2:string path:3:string port:4:int32",
  "apiextensions.v1.ValidationRule":
    "rule:1:string message:2:string messageExpression:3:string reason:4:string fieldPath:5:string optionalOldSelf:6:bool",
  "apiextensions.v1.WebhookClientConfig":
    "service:1:apiextensions.v1.ServiceReference caBundle:2:bytes url:3:string",
  "apiextensions.v1.WebhookConversion":
    "clientConfig:2:apiextensions.v1.WebhookClientConfig conversionReviewVersions:3:[]string",
};

const R = "resource.v1";
const resource: Readonly<Record<string, string>> = {
  AllocatedDeviceStatus: `driver:1:string pool:2:string device:3:string conditions:4:[]meta.v1.Condition data:5:raw networkData:6:${R}.NetworkDeviceData shareID:7:string`,
  AllocationResult: `devices:1:${R}.DeviceAllocationResult nodeSelector:3:core.v1.NodeSelector allocationTimestamp:5:time`,
  CELDeviceSelector: "expression:1:string",
  CapacityRequestPolicy: `default:1:quantity validValues:3:[]quantity validRange:4:${R}.CapacityRequestPolicyRange`,
  CapacityRequestPolicyRange: "min:1:quantity max:2:quantity step:3:quantity",
  CapacityRequirements: "requests:1:{}quantity",
  Counter: "value:1:quantity",
  CounterSet: `name:1:string counters:2:{}${R}.Counter`,
  Device: `name:1:string attributes:2:{}${R}.DeviceAttribute capacity:3:{}${R}.DeviceCapacity consumesCounters:4:[]${R}.DeviceCounterConsumption nodeName:5:string nodeSelector:6:core.v1.NodeSelector allNodes:7:bool taints:8:[]${R}.DeviceTaint bindsToNode:9:bool bindingConditions:10:[]string bindingFailureConditions:11:[]string allowMultipleAllocations:12:bool`,
  DeviceAllocationConfiguration: `source:1:string requests:2:[]string ^:3:${R}.DeviceConfiguration`,
  DeviceAllocationResult: `results:1:[]${R}.DeviceRequestAllocationResult config:2:[]${R}.DeviceAllocationConfiguration`,
  DeviceAttribute: "int:2:int64 bool:3:bool string:4:string version:5:string",
  DeviceCapacity: `value:1:quantity requestPolicy:2:${R}.CapacityRequestPolicy`,
  DeviceClaim: `requests:1:[]${R}.DeviceRequest constraints:2:[]${R}.DeviceConstraint config:3:[]${R}.DeviceClaimConfiguration`,
  DeviceClaimConfiguration: `requests:1:[]string ^:2:${R}.DeviceConfiguration`,
  DeviceClass: `metadata:1:meta.v1.ObjectMeta spec:2:${R}.DeviceClassSpec`,
  DeviceClassConfiguration: `^:1:${R}.DeviceConfiguration`,
  DeviceClassList: `metadata:1:meta.v1.ListMeta items:2:[]${R}.DeviceClass`,
  DeviceClassSpec: `selectors:1:[]${R}.DeviceSelector config:2:[]${R}.DeviceClassConfiguration extendedResourceName:4:string`,
  DeviceConfiguration: `opaque:1:${R}.OpaqueDeviceConfiguration`,
  DeviceConstraint: "requests:1:[]string matchAttribute:2:string distinctAttribute:3:string",
  DeviceCounterConsumption: `counterSet:1:string counters:2:{}${R}.Counter`,
  DeviceRequest: `name:1:string exactly:2:${R}.ExactDeviceRequest firstAvailable:3:[]${R}.DeviceSubRequest`,
  DeviceRequestAllocationResult: `request:1:string driver:2:string pool:3:string device:4:string adminAccess:5:bool tolerations:6:[]${R}.DeviceToleration bindingConditions:7:[]string bindingFailureConditions:8:[]string shareID:9:string consumedCapacity:10:{}quantity`,
  DeviceSelector: `cel:1:${R}.CELDeviceSelector`,
  DeviceSubRequest: `name:1:string deviceClassName:2:string selectors:3:[]${R}.DeviceSelector allocationMode:4:string count:5:int64 tolerations:6:[]${R}.DeviceToleration capacity:7:${R}.CapacityRequirements`,
  DeviceTaint: "key:1:string value:2:string effect:3:string timeAdded:4:time",
  DeviceToleration:
    "key:1:string operator:2:string value:3:string effect:4:string tolerationSeconds:5:int64",
  ExactDeviceRequest: `deviceClassName:1:string selectors:2:[]${R}.DeviceSelector allocationMode:3:string count:4:int64 adminAccess:5:bool tolerations:6:[]${R}.DeviceToleration capacity:7:${R}.CapacityRequirements`,
  NetworkDeviceData: "interfaceName:1:string ips:2:[]string hardwareAddress:3:string",
  OpaqueDeviceConfiguration: "driver:1:string parameters:2:raw",
  ResourceClaim: `metadata:1:meta.v1.ObjectMeta spec:2:${R}.ResourceClaimSpec status:3:${R}.ResourceClaimStatus`,
  ResourceClaimConsumerReference: "apiGroup:1:string resource:3:string name:4:string uid:5:string",
  ResourceClaimList: `metadata:1:meta.v1.ListMeta items:2:[]${R}.ResourceClaim`,
  ResourceClaimSpec: `devices:1:${R}.DeviceClaim`,
  ResourceClaimStatus: `allocation:1:${R}.AllocationResult reservedFor:2:[]${R}.ResourceClaimConsumerReference devices:4:[]${R}.AllocatedDeviceStatus`,
  ResourceClaimTemplate: `metadata:1:meta.v1.ObjectMeta spec:2:${R}.ResourceClaimTemplateSpec`,
  ResourceClaimTemplateList: `metadata:1:meta.v1.ListMeta items:2:[]${R}.ResourceClaimTemplate`,
  ResourceClaimTemplateSpec: `metadata:1:meta.v1.ObjectMeta spec:2:${R}.ResourceClaimSpec`,
  ResourcePool: "name:1:string generation:2:int64 resourceSliceCount:3:int64",
  ResourceSlice: `metadata:1:meta.v1.ObjectMeta spec:2:${R}.ResourceSliceSpec`,
  ResourceSliceList: `metadata:1:meta.v1.ListMeta items:2:[]${R}.ResourceSlice`,
  ResourceSliceSpec: `driver:1:string pool:2:${R}.ResourcePool nodeName:3:string nodeSelector:4:core.v1.NodeSelector allNodes:5:bool devices:6:[]${R}.Device perDeviceNodeSelection:7:bool sharedCounters:8:[]${R}.CounterSet`,
};

/** All of them, by message. */
export const additions: Readonly<Record<string, string>> = {
  ...core,
  ...meta,
  ...storage,
  ...admission,
  ...registration,
  ...extensions,
  ...Object.fromEntries(Object.entries(resource).map(([name, row]) => [`${R}.${name}`, row])),
};
