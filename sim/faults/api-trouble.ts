import { ApiError, internalError, unavailable } from "../api/api-error.ts";
import type { Random } from "../engine/random.ts";
import type { Micros } from "../engine/time.ts";

/** One declared trouble of the API server. */
export interface Trouble {
  readonly id: number;
  /** The component it concerns; all when absent. */
  readonly component: string | undefined;
  /** Share of writes that fail, 0..1. */
  readonly failing: number;
  /** HTTP code of those failures. */
  readonly code: number;
  /** What every write takes longer. */
  readonly delay: Micros;
}

/** What clients of the API suffer at the moment. Asked before every write of a component. */
export class ApiTrouble {
  readonly #random: Random;
  #troubles: readonly Trouble[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  add(trouble: Trouble): void {
    this.#troubles = [...this.#troubles, trouble];
  }

  remove(id: number): void {
    this.#troubles = this.#troubles.filter((trouble) => trouble.id !== id);
  }

  /** Throws the `ApiError` that a write of this component meets now, if it meets one. */
  beforeWrite(component: string): void {
    for (const trouble of this.#concerning(component)) {
      if (trouble.failing <= 0) continue;
      // A certain failure draws nothing: the stream is for those that are not.
      if (trouble.failing < 1 && this.#random.fraction() >= trouble.failing) continue;
      throw failure(trouble.code);
    }
  }

  /** What a write of this component takes longer now. */
  delay(component: string): Micros {
    let delay = 0;
    for (const trouble of this.#concerning(component)) delay += trouble.delay;
    return delay;
  }

  save(): unknown {
    return this.#troubles;
  }

  load(state: unknown): void {
    this.#troubles = state as readonly Trouble[];
  }

  #concerning(component: string): readonly Trouble[] {
    if (this.#troubles.length === 0) return this.#troubles;
    return this.#troubles.filter(
      (trouble) => trouble.component === undefined || trouble.component === component,
    );
  }
}

function failure(code: number): ApiError {
  if (code === 503) return unavailable("the server is currently unable to handle the request");
  if (code === 409)
    return new ApiError(
      409,
      "Conflict",
      "the object has been modified; please apply your changes to the latest version and try again",
    );
  if (code === 429)
    return new ApiError(
      429,
      "TooManyRequests",
      "the server has received too many requests and has asked us to try again later",
    );
  return internalError("injected fault");
}
