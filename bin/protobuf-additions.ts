/** Fields that Kubernetes added after the descriptors we read, as `name:number:type`, parted by blanks. */
export const additions: Readonly<Record<string, string>> = {
  "core.v1.Container": "restartPolicyRules:25:[]core.v1.ContainerRestartRule",
  "core.v1.ContainerRestartRule":
    "action:1:string exitCodes:2:core.v1.ContainerRestartRuleOnExitCodes",
  "core.v1.ContainerRestartRuleOnExitCodes": "operator:1:string values:2:[]int32",
  "core.v1.EnvVarSource": "fileKeyRef:5:core.v1.FileKeySelector",
  "core.v1.FileKeySelector": "volumeName:1:string path:2:string key:3:string optional:4:bool",
  "core.v1.PodSpec": "hostnameOverride:41:string",
};
