import type { Actor } from "../engine/engine.ts";
import { Priority } from "../engine/engine.ts";
import type { Seq } from "../engine/journal.ts";
import type { RandomState } from "../engine/random.ts";
import type { Micros } from "../engine/time.ts";
import { ApiTrouble } from "./api-trouble.ts";
import type { FaultContext, FaultPorts, FaultSpec, FaultType } from "./fault.ts";
import { Holds } from "./holds.ts";
import { faultTypes } from "./registry.ts";

interface ActiveFault {
  readonly id: number;
  readonly fault: FaultSpec;
  /** What its type remembered for its end. */
  readonly memory: unknown;
  /** Journal entry of its beginning. */
  readonly seq: Seq;
}

interface FaultState {
  readonly active: readonly ActiveFault[];
  readonly next: number;
  readonly random: RandomState;
  readonly trouble: unknown;
  readonly holds: unknown;
}

interface FaultEnd {
  readonly type: "fault-end";
  readonly id: number;
}

/** Begins and ends faults; both enter the journal, and all that follows from a fault leads back to its entry. */
export class FaultRunner implements Actor<FaultEnd> {
  readonly name = "faults";
  readonly #context: FaultContext;
  readonly #types: ReadonlyMap<string, FaultType>;
  #active: readonly ActiveFault[] = [];
  #next = 1;

  constructor(ports: FaultPorts, types: readonly FaultType[] = faultTypes) {
    const random = ports.engine.random.fork("faults");
    this.#context = { ...ports, random, trouble: new ApiTrouble(random), holds: new Holds() };
    this.#types = new Map(types.map((type) => [type.name, type]));
    ports.engine.register<FaultEnd>(this);
  }

  /** Faults that have begun and not ended, by number. */
  get active(): readonly { readonly id: number; readonly fault: FaultSpec }[] {
    return this.#active;
  }

  /** Throws the `ApiError` that a component's write meets, if the API is in trouble. For clients' `beforeWrite`. */
  beforeWrite(component: string): void {
    this.#context.trouble.beforeWrite(component);
  }

  /** What a component's write takes longer at the moment. */
  writeDelay(component: string): Micros {
    return this.#context.trouble.delay(component);
  }

  /** Begins a fault, and plans its end when it has one. Answers its number. Throws `RangeError` for one that makes no sense. */
  begin(fault: FaultSpec): number {
    const type = this.#types.get(fault.type);
    if (type === undefined) throw new RangeError(`unknown fault: ${JSON.stringify(fault.type)}`);
    const { engine } = this.#context;
    const id = this.#next++;
    return engine.as(this.name, engine.journal.cause, () => {
      const seq = this.#write("begin", fault);
      engine.journal.cause = seq;
      const memory = type.begin(this.#context, fault);
      if (type.end !== undefined) {
        this.#active = [...this.#active, { id, fault, memory, seq }];
        const span = fault.for ?? type.lasts;
        if (span !== undefined)
          engine.after(span, this.name, { type: "fault-end", id }, Priority.input);
      }
      return id;
    });
  }

  /** Ends a fault now; one that has ended already is left alone. */
  end(id: number): void {
    const found = this.#active.find((active) => active.id === id);
    if (found === undefined) return;
    this.#active = this.#active.filter((active) => active.id !== id);
    const { engine } = this.#context;
    engine.as(this.name, found.seq, () => {
      engine.journal.cause = this.#write("end", found.fault);
      this.#types.get(found.fault.type)?.end?.(this.#context, found.fault, found.memory);
    });
  }

  /** Ends every fault that is still on: the second phase of a campaign. */
  endAll(): void {
    for (const { id } of this.#active) this.end(id);
  }

  handle({ id }: FaultEnd): void {
    this.end(id);
  }

  save(): FaultState {
    return {
      active: this.#active,
      next: this.#next,
      random: this.#context.random.save(),
      trouble: this.#context.trouble.save(),
      holds: this.#context.holds.save(),
    };
  }

  load(state: unknown): void {
    const saved = state as FaultState;
    this.#active = saved.active;
    this.#next = saved.next;
    this.#context.random.load(saved.random);
    this.#context.trouble.load(saved.trouble);
    this.#context.holds.load(saved.holds);
  }

  #write(phase: "begin" | "end", fault: FaultSpec): Seq {
    const target = targetText(fault.target);
    const momentary = phase === "begin" && this.#types.get(fault.type)?.end === undefined;
    return this.#context.engine.journal.append({
      kind: "fault",
      phase,
      ...(momentary ? { momentary } : {}),
      fault: { type: fault.type, ...(target === undefined ? {} : { target }) },
    });
  }
}

function targetText(target: unknown): string | undefined {
  if (target === undefined || target === null) return undefined;
  if (typeof target !== "object") return String(target);
  return Object.entries(target)
    .map(([key, value]) => `${key} ${typeof value === "object" ? JSON.stringify(value) : value}`)
    .join(", ");
}
