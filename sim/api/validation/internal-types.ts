/**
 * Fields of Kubernetes' internal types (not the versioned ones), in Go's order, as far as messages print them:
 * `GoName:type`, `GoName=jsonName:type`; `*T` pointer, `[]T` list, `map`, `raw` as it is, `:T` inlined.
 */
export const internalTypes: Readonly<Record<string, string>> = {
  PodSpec:
    "Volumes:[]Volume InitContainers:[]Container Containers:[]Container EphemeralContainers:[]EphemeralContainer RestartPolicy:string TerminationGracePeriodSeconds:*int ActiveDeadlineSeconds:*int DNSPolicy=dnsPolicy:string NodeSelector:map ServiceAccountName:string AutomountServiceAccountToken:*bool NodeName:string SecurityContext:*PodSecurityContext ImagePullSecrets:[]LocalObjectReference Hostname:string Subdomain:string SetHostnameAsFQDN:*bool Affinity:*Affinity SchedulerName:string Tolerations:[]Toleration HostAliases:[]HostAlias PriorityClassName:string Priority:*int PreemptionPolicy:*string DNSConfig=dnsConfig:*PodDNSConfig ReadinessGates:[]PodReadinessGate RuntimeClassName:*string Overhead:map EnableServiceLinks:*bool TopologySpreadConstraints:[]TopologySpreadConstraint OS=os:*PodOS SchedulingGates:[]PodSchedulingGate ResourceClaims:[]PodResourceClaim Resources:*ResourceRequirements HostnameOverride:*string SchedulingGroup:*raw",
  Volume:
    "Name:string HostPath:*HostPathVolumeSource EmptyDir:*EmptyDirVolumeSource GCEPersistentDisk=gcePersistentDisk:*raw AWSElasticBlockStore=awsElasticBlockStore:*raw GitRepo:*raw Secret:*SecretVolumeSource NFS=nfs:*NFSVolumeSource ISCSI=iscsi:*raw Glusterfs:*raw PersistentVolumeClaim:*PersistentVolumeClaimVolumeSource RBD=rbd:*raw Quobyte:*raw FlexVolume:*raw Cinder:*raw CephFS=cephfs:*raw Flocker:*raw DownwardAPI:*DownwardAPIVolumeSource FC=fc:*raw AzureFile:*raw ConfigMap:*ConfigMapVolumeSource VsphereVolume:*raw AzureDisk:*raw PhotonPersistentDisk:*raw Projected:*ProjectedVolumeSource PortworxVolume:*raw ScaleIO:*raw StorageOS=storageos:*raw CSI=csi:*CSIVolumeSource Ephemeral:*raw Image:*ImageVolumeSource",
  HostPathVolumeSource: "Path:string Type:*string",
  EmptyDirVolumeSource: "Medium:string SizeLimit:*quantity",
  SecretVolumeSource: "SecretName:string Items:[]KeyToPath DefaultMode:*int Optional:*bool",
  ConfigMapVolumeSource: "Name:string Items:[]KeyToPath DefaultMode:*int Optional:*bool",
  NFSVolumeSource: "Server:string Path:string ReadOnly:bool",
  PersistentVolumeClaimVolumeSource: "ClaimName:string ReadOnly:bool",
  CSIVolumeSource:
    "Driver:string ReadOnly:*bool FSType=fsType:*string VolumeAttributes:map NodePublishSecretRef:*LocalObjectReference",
  ImageVolumeSource: "Reference:string PullPolicy:string",
  KeyToPath: "Key:string Path:string Mode:*int",
  DownwardAPIVolumeSource: "Items:[]DownwardAPIVolumeFile DefaultMode:*int",
  DownwardAPIVolumeFile:
    "Path:string FieldRef:*ObjectFieldSelector ResourceFieldRef:*ResourceFieldSelector Mode:*int",
  ObjectFieldSelector: "APIVersion=apiVersion:string FieldPath:string",
  ResourceFieldSelector: "ContainerName:string Resource:string Divisor:quantity",
  ProjectedVolumeSource: "Sources:[]VolumeProjection DefaultMode:*int",
  VolumeProjection:
    "Secret:*SecretProjection DownwardAPI:*DownwardAPIProjection ConfigMap:*ConfigMapProjection ServiceAccountToken:*ServiceAccountTokenProjection ClusterTrustBundle:*raw PodCertificate:*raw",
  SecretProjection: "Name:string Items:[]KeyToPath Optional:*bool",
  ConfigMapProjection: "Name:string Items:[]KeyToPath Optional:*bool",
  DownwardAPIProjection: "Items:[]DownwardAPIVolumeFile",
  ServiceAccountTokenProjection: "Audience:string ExpirationSeconds:int Path:string",
  LocalObjectReference: "Name:string",
  ObjectReference:
    "Kind:string Namespace:string Name:string UID=uid:string APIVersion=apiVersion:string ResourceVersion:string FieldPath:string",
  EventSource: "Component:string Host:string",
  Container:
    "Name:string Image:string Command:[]string Args:[]string WorkingDir:string Ports:[]ContainerPort EnvFrom:[]EnvFromSource Env:[]EnvVar Resources:ResourceRequirements ResizePolicy:[]ContainerResizePolicy RestartPolicy:*string RestartPolicyRules:[]ContainerRestartRule VolumeMounts:[]VolumeMount VolumeDevices:[]VolumeDevice LivenessProbe:*Probe ReadinessProbe:*Probe StartupProbe:*Probe Lifecycle:*Lifecycle TerminationMessagePath:string TerminationMessagePolicy:string ImagePullPolicy:string SecurityContext:*SecurityContext Stdin:bool StdinOnce:bool TTY=tty:bool",
  EphemeralContainer: ":Container TargetContainerName:string",
  ContainerPort: "Name:string HostPort:int ContainerPort:int Protocol:string HostIP:string",
  EnvFromSource: "Prefix:string ConfigMapRef:*EnvRef SecretRef:*EnvRef",
  EnvRef: "Name:string Optional:*bool",
  EnvVar: "Name:string Value:string ValueFrom:*EnvVarSource",
  EnvVarSource:
    "FieldRef:*ObjectFieldSelector ResourceFieldRef:*ResourceFieldSelector ConfigMapKeyRef:*KeySelector SecretKeyRef:*KeySelector FileKeyRef:*raw",
  KeySelector: "Name:string Key:string Optional:*bool",
  ResourceRequirements: "Limits:map Requests:map Claims:[]ResourceClaim",
  ResourceClaim: "Name:string Request:string",
  VolumeResourceRequirements: "Limits:map Requests:map",
  ContainerResizePolicy: "ResourceName:string RestartPolicy:string",
  ContainerRestartRule: "Action:string ExitCodes:*ContainerRestartRuleOnExitCodes",
  ContainerRestartRuleOnExitCodes: "Operator:string Values:[]int",
  VolumeMount:
    "Name:string ReadOnly:bool RecursiveReadOnly:*string MountPath:string SubPath:string MountPropagation:*string SubPathExpr:string",
  VolumeDevice: "Name:string DevicePath:string",
  Probe:
    "Exec:*ExecAction HTTPGet=httpGet:*HTTPGetAction TCPSocket=tcpSocket:*TCPSocketAction GRPC=grpc:*GRPCAction InitialDelaySeconds:int TimeoutSeconds:int PeriodSeconds:int SuccessThreshold:int FailureThreshold:int TerminationGracePeriodSeconds:*int",
  ExecAction: "Command:[]string",
  HTTPGetAction:
    "Path:string Port:intOrString Host:string Scheme:string HTTPHeaders=httpHeaders:[]HTTPHeader",
  HTTPHeader: "Name:string Value:string",
  TCPSocketAction: "Port:intOrString Host:string",
  GRPCAction: "Port:int Service:*string",
  Lifecycle: "PostStart:*LifecycleHandler PreStop:*LifecycleHandler StopSignal:*string",
  LifecycleHandler:
    "Exec:*ExecAction HTTPGet=httpGet:*HTTPGetAction TCPSocket=tcpSocket:*TCPSocketAction Sleep:*SleepAction",
  SleepAction: "Seconds:int",
  SecurityContext:
    "Capabilities:*Capabilities Privileged:*bool SELinuxOptions=seLinuxOptions:*SELinuxOptions WindowsOptions:*WindowsOptions RunAsUser:*int RunAsGroup:*int RunAsNonRoot:*bool ReadOnlyRootFilesystem:*bool AllowPrivilegeEscalation:*bool ProcMount:*string SeccompProfile:*SeccompProfile AppArmorProfile:*SeccompProfile",
  Capabilities: "Add:[]string Drop:[]string",
  SELinuxOptions: "User:string Role:string Type:string Level:string",
  WindowsOptions:
    "GMSACredentialSpecName=gmsaCredentialSpecName:*string GMSACredentialSpec=gmsaCredentialSpec:*string RunAsUserName:*string HostProcess:*bool",
  SeccompProfile: "Type:string LocalhostProfile:*string",
  PodSecurityContext:
    "HostNetwork:bool HostPID:bool HostIPC:bool ShareProcessNamespace:*bool HostUsers:*bool SELinuxOptions=seLinuxOptions:*SELinuxOptions WindowsOptions:*WindowsOptions RunAsUser:*int RunAsGroup:*int RunAsNonRoot:*bool SupplementalGroups:[]int SupplementalGroupsPolicy:*string FSGroup=fsGroup:*int FSGroupChangePolicy=fsGroupChangePolicy:*string Sysctls:[]Sysctl SeccompProfile:*SeccompProfile AppArmorProfile:*SeccompProfile SELinuxChangePolicy=seLinuxChangePolicy:*string",
  Sysctl: "Name:string Value:string",
  Affinity: "NodeAffinity:*NodeAffinity PodAffinity:*PodAffinity PodAntiAffinity:*PodAffinity",
  NodeAffinity:
    "RequiredDuringSchedulingIgnoredDuringExecution:*NodeSelector PreferredDuringSchedulingIgnoredDuringExecution:[]PreferredSchedulingTerm",
  NodeSelector: "NodeSelectorTerms:[]NodeSelectorTerm",
  NodeSelectorTerm:
    "MatchExpressions:[]NodeSelectorRequirement MatchFields:[]NodeSelectorRequirement",
  NodeSelectorRequirement: "Key:string Operator:string Values:[]string",
  PreferredSchedulingTerm: "Weight:int Preference:NodeSelectorTerm",
  PodAffinity:
    "RequiredDuringSchedulingIgnoredDuringExecution:[]PodAffinityTerm PreferredDuringSchedulingIgnoredDuringExecution:[]WeightedPodAffinityTerm",
  PodAffinityTerm:
    "LabelSelector:*LabelSelector Namespaces:[]string TopologyKey:string NamespaceSelector:*LabelSelector MatchLabelKeys:[]string MismatchLabelKeys:[]string",
  WeightedPodAffinityTerm: "Weight:int PodAffinityTerm:PodAffinityTerm",
  Toleration: "Key:string Operator:string Value:string Effect:string TolerationSeconds:*int",
  HostAlias: "IP=ip:string Hostnames:[]string",
  PodDNSConfig: "Nameservers:[]string Searches:[]string Options:[]PodDNSConfigOption",
  PodDNSConfigOption: "Name:string Value:*string",
  PodReadinessGate: "ConditionType:string",
  TopologySpreadConstraint:
    "MaxSkew:int TopologyKey:string WhenUnsatisfiable:string LabelSelector:*LabelSelector MinDomains:*int NodeAffinityPolicy:*string NodeTaintsPolicy:*string MatchLabelKeys:[]string",
  PodOS: "Name:string",
  PodSchedulingGate: "Name:string",
  PodResourceClaim: "Name:string ResourceClaimName:*string ResourceClaimTemplateName:*string",
  PersistentVolumeClaimSpec:
    "AccessModes:[]string Selector:*LabelSelector Resources:VolumeResourceRequirements VolumeName:string StorageClassName:*string VolumeMode:*string DataSource:*TypedLocalObjectReference DataSourceRef:*TypedObjectReference VolumeAttributesClassName:*string",
  TypedLocalObjectReference: "APIGroup=apiGroup:*string Kind:string Name:string",
  TypedObjectReference: "APIGroup=apiGroup:*string Kind:string Name:string Namespace:*string",
  ServicePort:
    "Name:string Protocol:string AppProtocol:*string Port:int TargetPort:intOrString NodePort:int",
  Taint: "Key:string Value:string Effect:string TimeAdded:*raw",
  SuccessPolicy: "Rules:[]SuccessPolicyRule",
  SuccessPolicyRule: "SucceededIndexes:*string SucceededCount:*int",
  PodFailurePolicy: "Rules:[]PodFailurePolicyRule",
  PodFailurePolicyRule:
    "Action:string OnExitCodes:*PodFailurePolicyOnExitCodes OnPodConditions:[]PodFailurePolicyOnPodConditions",
  PodFailurePolicyOnExitCodes: "ContainerName:*string Operator:string Values:[]int",
  PodFailurePolicyOnPodConditions: "Type:string Status:string",
  CustomResourceDefinitionVersion:
    "Name:string Served:bool Storage:bool Deprecated:bool DeprecationWarning:*string Schema:*raw Subresources:*raw AdditionalPrinterColumns:[]CustomResourceColumnDefinition SelectableFields:[]SelectableField",
  CustomResourceColumnDefinition:
    "Name:string Type:string Format:string Description:string Priority:int JSONPath=jsonPath:string",
  CSINodeDriver: "Name:string NodeID:string TopologyKeys:[]string Allocatable:*VolumeNodeResources",
  VolumeNodeResources: "Count:*int",
  VolumeAttachmentSpec: "Attacher:string Source:VolumeAttachmentSource NodeName:string",
  VolumeAttachmentSource: "PersistentVolumeName:*string InlineVolumeSpec:*raw",
  ValidationRule:
    "Rule:string Message:string MessageExpression:string Reason:*string FieldPath:string OptionalOldSelf:*bool",
  SelectableField: "JSONPath=jsonPath:string",
  PodTemplateSpec: "ObjectMeta=metadata:raw Spec:PodSpec",
  RoleRef: "APIGroup=apiGroup:string Kind:string Name:string",
  LoadBalancerIngress: "IP=ip:string Hostname:string IPMode=ipMode:*string Ports:[]raw",
  VolumeNodeAffinity: "Required:*NodeSelector",
  ScopeSelector: "MatchExpressions:[]ScopedResourceSelectorRequirement",
  ScopedResourceSelectorRequirement: "ScopeName:string Operator:string Values:[]string",
  PersistentVolumeSource:
    "GCEPersistentDisk=gcePersistentDisk:*raw AWSElasticBlockStore=awsElasticBlockStore:*raw HostPath:*HostPathVolumeSource Glusterfs:*raw NFS=nfs:*NFSVolumeSource RBD=rbd:*raw Quobyte:*raw ISCSI=iscsi:*raw FlexVolume:*raw Cinder:*raw CephFS=cephfs:*raw FC=fc:*raw Flocker:*raw AzureFile:*raw VsphereVolume:*raw AzureDisk:*raw PhotonPersistentDisk:*raw PortworxVolume:*raw ScaleIO:*raw Local:*LocalVolumeSource StorageOS=storageos:*raw CSI=csi:*CSIPersistentVolumeSource",
  LocalVolumeSource: "Path:string FSType=fsType:*string",
  CSIPersistentVolumeSource:
    "Driver:string VolumeHandle:string ReadOnly:bool FSType=fsType:string VolumeAttributes:map ControllerPublishSecretRef:*SecretReference NodeStageSecretRef:*SecretReference NodePublishSecretRef:*SecretReference ControllerExpandSecretRef:*SecretReference NodeExpandSecretRef:*SecretReference",
  SecretReference: "Name:string Namespace:string",
  LabelSelector: "matchLabels?:map matchExpressions?:[]LabelSelectorRequirement",
  LabelSelectorRequirement: "key:string operator:string values?:[]string",
  OwnerReference:
    "apiVersion:string kind:string name:string uid:string controller?:*bool blockOwnerDeletion?:*bool",
  ResourceClaimSpec: "Devices:DeviceClaim",
  ResourceClaimTemplateSpec: "Spec:ResourceClaimSpec",
  DeviceClaim:
    "Requests:[]DeviceRequest Constraints:[]DeviceConstraint Config:[]DeviceClaimConfiguration",
  DeviceRequest: "Name:string Exactly:*ExactDeviceRequest FirstAvailable:[]DeviceSubRequest",
  ExactDeviceRequest:
    "DeviceClassName:string Selectors:[]DeviceSelector AllocationMode:string Count:int AdminAccess:*bool Tolerations:[]DeviceToleration Capacity:*CapacityRequirements",
  DeviceSubRequest:
    "Name:string DeviceClassName:string Selectors:[]DeviceSelector AllocationMode:string Count:int Tolerations:[]DeviceToleration Capacity:*CapacityRequirements",
  DeviceSelector: "CEL=cel:*CELDeviceSelector",
  CELDeviceSelector: "Expression:string",
  CapacityRequirements: "Requests:map",
  DeviceToleration: "Key:string Operator:string Value:string Effect:string TolerationSeconds:*int",
  DeviceConstraint: "Requests:[]string MatchAttribute:*string DistinctAttribute:*string",
  DeviceClaimConfiguration: "Requests:[]string Opaque:*OpaqueDeviceConfiguration",
  OpaqueDeviceConfiguration: "Driver:string Parameters:raw",
  AllocationResult:
    "Devices:DeviceAllocationResult NodeSelector:*NodeSelector AllocationTimestamp:raw",
  DeviceAllocationResult:
    "Results:[]DeviceRequestAllocationResult Config:[]DeviceAllocationConfiguration",
  DeviceRequestAllocationResult:
    "Request:string Driver:string Pool:string Device:string AdminAccess:*bool Tolerations:[]DeviceToleration BindingConditions:[]string BindingFailureConditions:[]string ShareID=shareID:*string ConsumedCapacity:map",
  DeviceAllocationConfiguration:
    "Source:string Requests:[]string Opaque:*OpaqueDeviceConfiguration",
  DeviceAttribute:
    "IntValue=int:*int BoolValue=bool:*bool StringValue=string:*string VersionValue=version:*string",
};
