import type { Client } from "../../sim/api/client.ts";
import { type ControllerEntry, controllers } from "../../sim/controllers/registry.ts";
import type { Controller } from "../../sim/controllers/runtime/controller.ts";

type Loose = any;

/** A built-in controller with a deliberate bug: some of its client's verbs do something else. */
export function broken(
  name: string,
  bug: (client: Client) => Partial<Record<keyof Client, Loose>>,
) {
  return replaced(name, (controller) => ({
    ...controller,
    reconcile: (key, context) => {
      const wrong = bug(context.client);
      const client = new Proxy(context.client as Loose, {
        get: (target, verb) => {
          if (verb in wrong) return (wrong as Loose)[verb];
          return typeof target[verb] === "function" ? target[verb].bind(target) : target[verb];
        },
      });
      return controller.reconcile(key, { ...context, client });
    },
  }));
}

export const idle = (name: string) =>
  replaced(name, (controller) => ({ ...controller, reconcile: () => {} }));

function replaced(name: string, by: (controller: Controller) => Controller): ControllerEntry {
  const entry = controllers.find((one) => one.name === name) as ControllerEntry;
  return { name, default: true, make: (services) => by(entry.make(services)) };
}

/** Sees every object of a kind otherwise than it is. */
export const seeing = (kind: string, otherwise: (object: Loose) => Loose) => (client: Client) => {
  const seen = (object: Loose) => (object === undefined ? undefined : otherwise(object));
  const all =
    (verb: keyof Client) =>
    (of: string, ...rest: Loose[]) => {
      const found = (client as Loose)[verb](of, ...rest);
      return of === kind ? [...found].map(seen) : found;
    };
  return {
    get: (of: string, key: string) =>
      of === kind ? seen(client.get(of as never, key)) : client.get(of as never, key),
    live: (of: string, key: string) =>
      of === kind ? seen(client.live(of as never, key)) : client.live(of as never, key),
    list: all("list"),
    ownedBy: all("ownedBy"),
    indexed: all("indexed"),
  };
};

/** Writes some objects of a kind otherwise than it should. */
export const writing =
  (verb: "create" | "update" | "updateStatus", kind: string, wrong: (object: Loose) => Loose) =>
  (client: Client) => ({
    [verb]: (of: string, object: Loose) =>
      (client as Loose)[verb](of, of === kind ? wrong(object) : object),
  });

/** Creates every object of a kind twice. */
export const twice = (kind: string) => (client: Client) => ({
  create: (of: string, object: Loose) => {
    const made = client.create(of as never, object);
    if (of === kind) {
      const { name, ...metadata } = object.metadata;
      client.create(of as never, {
        ...object,
        metadata: name === undefined ? metadata : { ...metadata, name: `${name}-2` },
      });
    }
    return made;
  },
});
