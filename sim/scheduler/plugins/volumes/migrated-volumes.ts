import type { CSINode, PersistentVolume, Volume } from "../../../api/types.gen.ts";

/** Annotation of a CSINode: in-tree plugins whose volumes the node leaves to a CSI driver. */
const MIGRATED = "storage.alpha.kubernetes.io/migrated-plugins";

/** In-tree plugins and the CSI drivers that took over their volumes. */
const DRIVERS: Readonly<Record<string, string>> = {
  "kubernetes.io/aws-ebs": "ebs.csi.aws.com",
  "kubernetes.io/gce-pd": "pd.csi.storage.gke.io",
  "kubernetes.io/azure-disk": "disk.csi.azure.com",
  "kubernetes.io/azure-file": "file.csi.azure.com",
  "kubernetes.io/cinder": "cinder.csi.openstack.org",
  "kubernetes.io/vsphere-volume": "csi.vsphere.vmware.com",
  "kubernetes.io/portworx-volume": "pxd.portworx.com",
};

/** A volume as its CSI driver knows it. */
export interface CsiVolume {
  readonly driver: string;
  readonly handle: string;
}

/** Plugin and handle of a volume of an in-tree type; where it is from decides neither. */
function inTree(
  source: Volume | PersistentVolume["spec"],
): { readonly plugin: string; readonly handle: string } | undefined {
  const { awsElasticBlockStore, gcePersistentDisk, azureDisk, azureFile } = source;
  const { cinder, vsphereVolume, portworxVolume } = source;
  if (awsElasticBlockStore !== undefined) {
    const id = awsElasticBlockStore.volumeID.split("/").at(-1) ?? "";
    return { plugin: "kubernetes.io/aws-ebs", handle: id };
  }
  if (gcePersistentDisk !== undefined)
    return { plugin: "kubernetes.io/gce-pd", handle: gcePersistentDisk.pdName };
  if (azureDisk !== undefined)
    return { plugin: "kubernetes.io/azure-disk", handle: azureDisk.diskURI };
  if (azureFile !== undefined)
    return { plugin: "kubernetes.io/azure-file", handle: azureFile.shareName };
  if (cinder !== undefined) return { plugin: "kubernetes.io/cinder", handle: cinder.volumeID };
  if (vsphereVolume !== undefined)
    return { plugin: "kubernetes.io/vsphere-volume", handle: vsphereVolume.volumePath };
  if (portworxVolume !== undefined)
    return { plugin: "kubernetes.io/portworx-volume", handle: portworxVolume.volumeID };
  return undefined;
}

/** Whether the volume is of a type that CSI drivers have taken over. */
export function isMigratable(volume: Volume): boolean {
  return inTree(volume) !== undefined;
}

function migrates(node: CSINode | undefined, plugin: string): boolean {
  return node?.metadata.annotations?.[MIGRATED]?.split(",").includes(plugin) === true;
}

/** The volume as a CSI driver of this node sees it, if one has taken over its type there. */
export function migrated(
  source: Volume | PersistentVolume["spec"],
  node: CSINode | undefined,
): CsiVolume | undefined {
  const found = inTree(source);
  const driver = found === undefined ? undefined : DRIVERS[found.plugin];
  if (found === undefined || driver === undefined || !migrates(node, found.plugin))
    return undefined;
  return { driver, handle: found.handle };
}

/** The driver behind a provisioner; `undefined` for one of an in-tree type that the node does not leave to a driver. */
export function driverOf(provisioner: string, node: CSINode | undefined): string | undefined {
  const driver = DRIVERS[provisioner];
  if (driver === undefined) return provisioner;
  return migrates(node, provisioner) ? driver : undefined;
}
