import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { controllers } from "../../sim/controllers/registry.ts";

/** The controllers of kube-controller-manager v1.36, without their common ending. */
const UPSTREAM = `
  bootstrap-signer certificatesigningrequest-approving certificatesigningrequest-cleaner certificatesigningrequest-signing
  cloud-node-lifecycle clusterrole-aggregation cronjob daemonset deployment device-taint-eviction disruption endpoints
  endpointslice endpointslice-mirroring ephemeral-volume garbage-collector horizontal-pod-autoscaler job
  kube-apiserver-serving-clustertrustbundle-publisher legacy-serviceaccount-token-cleaner namespace node-ipam
  node-lifecycle node-route persistentvolume-attach-detach persistentvolume-binder persistentvolume-expander
  persistentvolume-protection persistentvolumeclaim-protection pod-garbage-collector podcertificaterequest-cleaner
  podgroup-protection replicaset replicationcontroller resourceclaim resourcepoolstatusrequest resourcequota
  root-ca-certificate-publisher selinux-warning service-cidr service-lb serviceaccount serviceaccount-token statefulset
  storage-version-migrator storageversion-garbage-collector taint-eviction token-cleaner ttl ttl-after-finished
  validatingadmissionpolicy-status volumeattributesclass-protection`
  .trim()
  .split(/\s+/)
  .map((name) => `${name}-controller`);

it("every controller of the controller manager is there, or said to be left out", () => {
  const names = new Set(controllers.map(({ name }) => name));
  const page = readFileSync("docs/fidelity.md", "utf8");
  const told = (name: string): boolean => page.includes(`\`${name}\``);
  expect(UPSTREAM.filter((name) => !names.has(name) && !told(name))).toEqual([]);
});
