import type { Invariant, Monitor } from "../../sim/check/invariant.ts";

/** Code of the user's own broke during the run: names its file. */
export class OwnModuleError extends Error {
  override readonly name = "OwnModuleError";
}

/** The invariant that a user's module exports. Throws `RangeError` saying what was expected. */
export function invariantFromModule(
  module: unknown,
  file: string,
): Pick<Invariant, "name" | "watch"> {
  const own = (module as { default?: unknown } | undefined)?.default;
  if (own === null || typeof own !== "object")
    throw new RangeError('expected "export default" an invariant {name, description, watch}');
  const { name, watch } = own as Partial<Invariant>;
  if (typeof name !== "string" || name === "") throw new RangeError("expected name, a text");
  if (typeof watch !== "function")
    throw new RangeError(
      `invariant ${name}: expected watch, a function that answers {take(entry), finish?(time)}`,
    );
  return { name, watch: () => guarded(name, file, watch.call(own)) };
}

/** A monitor whose mistakes name its file. */
function guarded(name: string, file: string, monitor: Monitor): Monitor {
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new OwnModuleError(`${file}: invariant ${name}: ${reason}`, { cause });
    }
  };
  const { finish } = monitor;
  return {
    take: (entry) => attempt(() => monitor.take(entry)),
    ...(finish === undefined
      ? {}
      : { finish: (time) => attempt(() => finish.call(monitor, time)) }),
  };
}
