import { deepEqual } from "../meta/equal.ts";
import type { KubeObject } from "../object.ts";
import type { AdmissionRequest } from "./plugin.ts";

/**
 * Whether mutating admission goes round a second time, and who is asked again: what was asked before another one changed the
 * object, if its reinvocation policy is `IfNeeded` (apiserver `admission.ReinvocationContext`). One of it lives on a request.
 */
class Reinvocation {
  #wanted = false;
  #second = false;
  readonly #rounds = new Map<string, InvocationRound>();

  /** Whether this is the second round. */
  get isSecond(): boolean {
    return this.#second;
  }

  /** Starts the second round, if somebody changed the object in the first. */
  startSecond(): boolean {
    if (!this.#wanted || this.#second) return false;
    this.#second = true;
    return true;
  }

  /** Asks for a second round. */
  want(): void {
    this.#wanted = true;
  }

  /** What a plugin of this name has asked so far. */
  round(plugin: string): InvocationRound {
    let round = this.#rounds.get(plugin);
    if (round === undefined) {
      round = new InvocationRound(this);
      this.#rounds.set(plugin, round);
    }
    return round;
  }
}

/** The invocations of one plugin over both rounds. */
class InvocationRound {
  readonly #reinvocation: Reinvocation;
  readonly #eligible = new Set<string>();
  readonly #again = new Set<string>();
  #last: KubeObject | undefined;

  constructor(reinvocation: Reinvocation) {
    this.#reinvocation = reinvocation;
  }

  /** Before the first of a round. */
  begin(object: KubeObject): void {
    if (this.#reinvocation.isSecond && !deepEqual(this.#last, object)) this.#askAgain();
  }

  /** Whether one is to be asked in this round. */
  includes(key: string): boolean {
    return !this.#reinvocation.isSecond || this.#again.has(key);
  }

  /** After one was asked. */
  invoked(key: string, changed: boolean, policy: string | undefined): void {
    if (changed) {
      this.#askAgain();
      this.#reinvocation.want();
    }
    if (policy === "IfNeeded") this.#eligible.add(key);
  }

  /** After the last of a round. */
  end(object: KubeObject): void {
    this.#last = object;
  }

  #askAgain(): void {
    for (const key of this.#eligible) this.#again.add(key);
    this.#eligible.clear();
  }
}

const reinvocations = new WeakMap<AdmissionRequest, Reinvocation>();

/** The reinvocation of a request; made when it is first asked for. */
export function reinvocationOf(request: AdmissionRequest): Reinvocation {
  let known = reinvocations.get(request);
  if (known === undefined) {
    known = new Reinvocation();
    reinvocations.set(request, known);
  }
  return known;
}

/** Whether a request needs its second round; starts it. */
export function goesRoundAgain(request: AdmissionRequest): boolean {
  return reinvocations.get(request)?.startSecond() === true;
}
