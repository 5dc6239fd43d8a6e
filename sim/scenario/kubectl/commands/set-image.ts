import type { KubeObject } from "../../../api/object.ts";
import type { Container, PodTemplateSpec } from "../../../api/types.gen.ts";
import { selects } from "../../expect/state-functions.ts";
import { type KubectlCommand, targetsOf, usageError } from "../command.ts";

interface Templated extends KubeObject {
  readonly spec: { readonly template: PodTemplateSpec };
}

/** `kubectl set image` */
export const setImage: KubectlCommand = {
  name: "set image",
  usage: "set image KIND/NAME container=image…",
  flags: ["selector", "all"],
  words: 2,
  run: (input, context) => {
    const images = new Map(
      input.words
        .filter((word) => word.includes("="))
        .map((word) => {
          const equals = word.indexOf("=");
          return [word.slice(0, equals), word.slice(equals + 1)] as const;
        }),
    );
    const objects = input.words.filter((word) => !word.includes("="));
    for (const { kind, key, descriptor, name } of targetsOf(objects, input, context, selects)) {
      context.api.change<Templated>(kind, key, (before) => withImages(before, images));
      context.note(`${descriptor.singular}.${descriptor.group}/${name} image updated`);
    }
    return undefined;
  },
};

function withImages(object: Templated, images: ReadonlyMap<string, string>): Templated {
  const { template } = object.spec;
  const known = (template.spec?.containers ?? []).map(({ name }) => name);
  for (const name of images.keys())
    if (name !== "*" && !known.includes(name))
      throw usageError(`unable to find container named "${name}"`);
  const containers = (template.spec?.containers ?? []).map((container): Container => {
    const image = images.get(container.name) ?? images.get("*");
    return image === undefined ? container : { ...container, image };
  });
  const spec = { ...template.spec, containers } as NonNullable<PodTemplateSpec["spec"]>;
  return { ...object, spec: { ...object.spec, template: { ...template, spec } } };
}
