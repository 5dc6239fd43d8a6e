/** Where a scheduler error comes from, as far as it is known. */
export interface SchedulerErrorPlace {
  readonly plugin?: string;
  /** `namespace/name` of the pod being scheduled. */
  readonly pod?: string;
  /** File of the configuration or of the user's own module. */
  readonly file?: string;
}

/**
 * A malformed configuration, an unknown plugin or a plugin that threw. The run stops with it;
 * its message names file, plugin and pod.
 */
export class SchedulerError extends Error {
  override readonly name = "SchedulerError";
  readonly plugin: string | undefined;
  readonly pod: string | undefined;
  readonly file: string | undefined;

  constructor(message: string, place: SchedulerErrorPlace = {}, cause?: unknown) {
    super(describe(message, place), cause === undefined ? undefined : { cause });
    this.plugin = place.plugin;
    this.pod = place.pod;
    this.file = place.file;
  }

  /** The same error with what an outer caller knows in addition. */
  within(place: SchedulerErrorPlace): SchedulerError {
    const known: SchedulerErrorPlace = {
      ...(this.plugin === undefined ? {} : { plugin: this.plugin }),
      ...(this.pod === undefined ? {} : { pod: this.pod }),
      ...(this.file === undefined ? {} : { file: this.file }),
    };
    return new SchedulerError(this.bare, { ...place, ...known }, this.cause ?? this);
  }

  private get bare(): string {
    const at = this.message.indexOf("] ");
    return this.message.startsWith("[") && at > 0 ? this.message.slice(at + 2) : this.message;
  }
}

function describe(message: string, place: SchedulerErrorPlace): string {
  const parts: string[] = [];
  if (place.file !== undefined) parts.push(place.file);
  if (place.plugin !== undefined) parts.push(`plugin ${place.plugin}`);
  if (place.pod !== undefined) parts.push(`pod ${place.pod}`);
  return parts.length === 0 ? message : `[${parts.join(", ")}] ${message}`;
}

/** Runs a plugin's code; whatever it throws comes out as a `SchedulerError` that names plugin and pod. */
export function guarded<T>(plugin: string, pod: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof SchedulerError) throw cause.within({ plugin, pod });
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new SchedulerError(`plugin threw: ${text}`, { plugin, pod }, cause);
  }
}
