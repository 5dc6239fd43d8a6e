import type { KindDescriptor } from "../kinds/descriptor.ts";
import type { Key, KubeObject } from "../object.ts";

/** Who sends a request. */
export interface User {
  readonly name: string;
  readonly groups?: readonly string[];
}

/** What admission sees of a request. */
export interface AdmissionRequest {
  readonly operation: "CREATE" | "UPDATE" | "DELETE" | "CONNECT";
  readonly descriptor: KindDescriptor;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  /** Empty for a create whose name is still to be generated. */
  readonly name: string;
  /** The object as it would be written; missing for DELETE. */
  readonly object: KubeObject | undefined;
  /** The object as it stands; missing for CREATE. */
  readonly before: KubeObject | undefined;
  readonly user: User;
  readonly dryRun: boolean;
  /** Texts for the `Warning:` header; plugins may add. */
  readonly warnings: string[];
}

/** What admission plugins may look up. */
export interface AdmissionReader {
  readonly now: number;
  get(kind: string, key: Key): KubeObject | undefined;
  list(kind: string, namespace?: string): Iterable<KubeObject>;
}

/** One plugin of the admission chain, by upstream's name. Refusals are thrown as `ApiError`. */
export interface AdmissionPlugin {
  readonly name: string;
  /** Kinds of the objects that it looks at, of whatever group; all when absent. */
  readonly kinds?: readonly string[];
  /** It does nothing as long as there is no object of this kind. */
  readonly idleWithout?: string;
  /** Completes the object; runs before validation. The same object when there is nothing to do. */
  readonly mutate?: (
    request: AdmissionRequest & { object: KubeObject },
    reader: AdmissionReader,
  ) => KubeObject;
  /** Refuses by throwing; runs after all mutation. */
  readonly validate?: (request: AdmissionRequest, reader: AdmissionReader) => void;
}
