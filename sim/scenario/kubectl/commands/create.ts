import type { Manifest } from "../../../api/object.ts";
import { countFlag, flagText, type KubectlCommand } from "../command.ts";

/** `kubectl create -f` */
export const create: KubectlCommand = {
  name: "create",
  usage: "create -f FILE",
  flags: ["filename"],
  words: 0,
  run: ({ manifests }, { api, note }) => {
    for (const manifest of manifests) {
      const { kind, metadata } = api.create(manifest);
      note(`${kind.toLowerCase()}/${metadata.name} created`);
    }
    return undefined;
  },
};

/** `kubectl create deployment` */
export const createDeployment: KubectlCommand = {
  name: "create deployment",
  usage: "create deployment NAME --image=IMAGE [--replicas=N] [--port=N]",
  flags: ["image", "replicas", "port"],
  required: ["image"],
  words: 1,
  run: (input, { api, note }) => {
    const [name = ""] = input.words;
    const images = (flagText(input, "image") ?? "").split(",");
    const containers = images.map((image) => ({ name: containerName(image), image }));
    const port = countFlag(input, "port");
    const [first, ...others] = containers;
    const labels = { app: name };
    api.create({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, labels, ...namespaceOf(flagText(input, "namespace")) },
      spec: {
        replicas: countFlag(input, "replicas") ?? 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              { ...first, ...(port === undefined ? {} : { ports: [{ containerPort: port }] }) },
              ...others,
            ],
          },
        },
      },
    } as unknown as Manifest);
    note(`deployment.apps/${name} created`);
    return undefined;
  },
};

/** The last part of the image without its tag or digest, as kubectl names the container. */
function containerName(image: string): string {
  const [name = ""] = (image.split("/").at(-1) ?? "").split(/[:@]/);
  return name.replace(/[_.]/g, "-");
}

function namespaceOf(namespace: string | undefined): { readonly namespace?: string } {
  return namespace === undefined ? {} : { namespace };
}

/** `kubectl create namespace` */
export const createNamespace: KubectlCommand = {
  name: "create namespace",
  usage: "create namespace NAME",
  flags: [],
  words: 1,
  run: ({ words: [name = ""] }, { api, note }) => {
    api.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    note(`namespace/${name} created`);
    return undefined;
  },
};
