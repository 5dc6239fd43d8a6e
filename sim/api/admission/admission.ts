import type { Engine } from "../../engine/engine.ts";
import type { KubeObject } from "../object.ts";
import type { Store } from "../store.ts";
import type { AdmissionPlugin, AdmissionReader, AdmissionRequest } from "./plugin.ts";
import { goesRoundAgain } from "./reinvocation.ts";

type Mutator = AdmissionPlugin & Required<Pick<AdmissionPlugin, "mutate">>;
type Validator = AdmissionPlugin & Required<Pick<AdmissionPlugin, "validate">>;

/** The plugins that look at objects of one kind. */
interface Chain {
  readonly mutating: readonly Mutator[];
  readonly validating: readonly Validator[];
}

/** The admission of an API server: its plugins in order, each asked about what it looks at only. */
export class Admission {
  readonly #plugins: readonly AdmissionPlugin[];
  readonly #store: Store;
  readonly #reader: AdmissionReader;
  readonly #chains = new Map<string, Chain>();

  constructor(plugins: readonly AdmissionPlugin[], engine: Engine, store: Store) {
    this.#plugins = plugins;
    this.#store = store;
    this.#reader = {
      get now() {
        return engine.now;
      },
      get: (kind, key) => store.get(kind, key),
      list: (kind, namespace) =>
        namespace === undefined
          ? store.objects(kind).values()
          : store.objects(kind).indexed("namespace", namespace),
    };
  }

  /** The object as the plugins complete it. Throws `ApiError` where one refuses. */
  mutate(request: AdmissionRequest, object: KubeObject): KubeObject {
    const { mutating } = this.#chainOf(request.descriptor.kind);
    const seen = request as { -readonly [K in keyof AdmissionRequest]: AdmissionRequest[K] } & {
      object: KubeObject;
    };
    seen.object = object;
    do {
      for (const plugin of mutating) {
        if (!this.#isIdle(plugin)) seen.object = plugin.mutate(seen, this.#reader);
      }
    } while (goesRoundAgain(request));
    return seen.object;
  }

  /** Throws `ApiError` where a plugin refuses; `object` is missing for DELETE. */
  validate(request: AdmissionRequest, object: KubeObject | undefined): void {
    (request as { object: KubeObject | undefined }).object = object;
    for (const plugin of this.#chainOf(request.descriptor.kind).validating) {
      if (!this.#isIdle(plugin)) plugin.validate(request, this.#reader);
    }
  }

  /** Whether a plugin has nothing to go by. */
  #isIdle({ idleWithout }: AdmissionPlugin): boolean {
    return idleWithout !== undefined && this.#store.count(idleWithout) === 0;
  }

  #chainOf(kind: string): Chain {
    const known = this.#chains.get(kind);
    if (known !== undefined) return known;
    const plugins = this.#plugins.filter(
      ({ kinds }) => kinds === undefined || kinds.includes(kind),
    );
    const chain = {
      mutating: plugins.filter((plugin): plugin is Mutator => plugin.mutate !== undefined),
      validating: plugins.filter((plugin): plugin is Validator => plugin.validate !== undefined),
    };
    this.#chains.set(kind, chain);
    return chain;
  }
}
