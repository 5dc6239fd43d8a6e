import type { Pod } from "../../api/types.gen.ts";
import { type ImageBehaviour, JUST_RUNS } from "./image-behaviour.ts";
import { parseAnnotations } from "./parse-behaviour.ts";

type Annotations = Readonly<Record<string, string>>;
type Declared = ReturnType<typeof parseAnnotations>;

/** Annotations are immutable objects that the pods of a template may share: parsed once. Wrong ones are remembered, too. */
const parsed = new WeakMap<
  Annotations,
  { readonly declared: Declared; readonly error: string | undefined }
>();

/** The behaviours that a cluster declares: by image, overlaid by what a pod's annotations say. */
export class Behaviours {
  readonly #images: Readonly<Record<string, ImageBehaviour>>;
  readonly #merged = new WeakMap<Annotations, Map<string, ImageBehaviour>>();

  constructor(images: Readonly<Record<string, ImageBehaviour>> = {}) {
    this.#images = images;
  }

  /** Images that are declared, with their behaviour. */
  images(): readonly (readonly [string, ImageBehaviour])[] {
    return Object.entries(this.#images);
  }

  /** Behaviour of an image: by its full name, else by its name without tag or digest. */
  ofImage(image: string): ImageBehaviour {
    return this.#images[image] ?? this.#images[withoutTag(image)] ?? JUST_RUNS;
  }

  /** Behaviour of one container of a pod. */
  of(pod: Pod, container: string, image: string): ImageBehaviour {
    const base = this.ofImage(image);
    const annotations = pod.metadata.annotations;
    if (annotations === undefined) return base;
    const { declared } = read(annotations);
    if (declared === undefined) return base;
    let merged = this.#merged.get(annotations);
    if (merged === undefined) {
      merged = new Map();
      this.#merged.set(annotations, merged);
    }
    const key = `${container}|${image}`;
    const known = merged.get(key);
    if (known !== undefined) return known;
    const behaviour = { ...base, ...declared.all, ...declared.of[container] };
    merged.set(key, behaviour);
    return behaviour;
  }
}

/** What is wrong with a pod's `ksim.dev/` annotations; `undefined` when nothing is. */
export function annotationError(pod: Pod): string | undefined {
  const annotations = pod.metadata.annotations;
  return annotations === undefined ? undefined : read(annotations).error;
}

function read(annotations: Annotations): { declared: Declared; error: string | undefined } {
  const known = parsed.get(annotations);
  if (known !== undefined) return known;
  let result: { declared: Declared; error: string | undefined };
  try {
    result = { declared: parseAnnotations(annotations), error: undefined };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    result = { declared: undefined, error: error.message };
  }
  parsed.set(annotations, result);
  return result;
}

/** `registry:5000/web:1.2@sha256:…` → `registry:5000/web`. */
export function withoutTag(image: string): string {
  const digest = image.indexOf("@");
  const named = digest < 0 ? image : image.slice(0, digest);
  const colon = named.lastIndexOf(":");
  return colon > named.lastIndexOf("/") ? named.slice(0, colon) : named;
}
