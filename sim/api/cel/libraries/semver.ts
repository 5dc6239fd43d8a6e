import type { Environment } from "@marcbachmann/cel-js";
import { CelFailure } from "../values.ts";

const VERSION =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?$/;

/** A semantic version in an expression. */
class CelVersion {
  readonly #parts: readonly bigint[];
  readonly #release: readonly string[];

  constructor(parts: readonly bigint[], release: readonly string[]) {
    this.#parts = parts;
    this.#release = release;
  }

  /** Major, minor and patch. */
  static partsOf(version: CelVersion): readonly bigint[] {
    return version.#parts;
  }

  /** Negative, zero or positive as the first is older, the same or newer. A release comes after its candidates. */
  static compare(a: CelVersion, b: CelVersion): bigint {
    for (let at = 0; at < 3; at++) {
      const order = compareNumbers(a.#parts[at] ?? 0n, b.#parts[at] ?? 0n);
      if (order !== 0n) return order;
    }
    if (a.#release.length === 0 || b.#release.length === 0)
      return BigInt(Math.sign(b.#release.length - a.#release.length));
    for (let at = 0; at < Math.max(a.#release.length, b.#release.length); at++) {
      const order = compareIdentifiers(a.#release[at], b.#release[at]);
      if (order !== 0n) return order;
    }
    return 0n;
  }
}

const compareNumbers = (a: bigint, b: bigint): bigint => (a < b ? -1n : a > b ? 1n : 0n);

/** Numbers come before words, and nothing before something. */
function compareIdentifiers(a: string | undefined, b: string | undefined): bigint {
  if (a === undefined || b === undefined) return a === b ? 0n : a === undefined ? -1n : 1n;
  const [number, other] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (number && other) return compareNumbers(BigInt(a), BigInt(b));
  if (number !== other) return number ? -1n : 1n;
  return a < b ? -1n : a > b ? 1n : 0n;
}

/** Reads a version; `undefined` when it is none. Normalizing drops a leading `v` and fills up missing parts. */
function readVersion(text: string, normalize = false): CelVersion | undefined {
  const match = VERSION.exec(normalize ? normalized(text) : text);
  if (match === null) return undefined;
  const [, major = "0", minor = "0", patch = "0", release] = match;
  return new CelVersion([major, minor, patch].map(BigInt), release?.split(".") ?? []);
}

function normalized(text: string): string {
  const plain = text.replace(/^[vV]/, "");
  const [, numbers = plain, rest = ""] = /^([\d.]+)(.*)$/.exec(plain) ?? [];
  const parts = numbers.split(".").map((part) => part.replace(/^0+(?=\d)/, ""));
  while (parts.length < 3) parts.push("0");
  return `${parts.join(".")}${rest}`;
}

/** Parses a version. Throws `CelFailure`. */
export function celVersion(text: string, normalize = false): CelVersion {
  const version = readVersion(text, normalize);
  if (version !== undefined) return version;
  if (!/^[^.]*\.[^.]*\./.test(text)) throw new CelFailure("No Major.Minor.Patch elements found");
  throw new CelFailure(`Invalid character(s) found in version ${JSON.stringify(text)}`);
}

/** Semantic versions: `semver("1.2.3").isLessThan(semver("2.0.0"))`. */
export function registerVersions(environment: Environment): void {
  const { compare } = CelVersion;
  environment
    .registerType("Semver", CelVersion)
    .registerFunction("semver(string): Semver", (text: string) => celVersion(text))
    .registerFunction("semver(string, bool): Semver", celVersion)
    .registerFunction("isSemver(string): bool", (text: string) => readVersion(text) !== undefined)
    .registerFunction(
      "isSemver(string, bool): bool",
      (text: string, normalize: boolean) => readVersion(text, normalize) !== undefined,
    )
    .registerFunction("Semver.compareTo(Semver): int", compare)
    .registerFunction(
      "Semver.isGreaterThan(Semver): bool",
      (a: CelVersion, b: CelVersion) => compare(a, b) > 0n,
    )
    .registerFunction(
      "Semver.isLessThan(Semver): bool",
      (a: CelVersion, b: CelVersion) => compare(a, b) < 0n,
    )
    .registerOperator("Semver == Semver", (a: CelVersion, b: CelVersion) => compare(a, b) === 0n);
  for (const [at, name] of ["major", "minor", "patch"].entries()) {
    environment.registerFunction(
      `Semver.${name}(): int`,
      (version: CelVersion) => CelVersion.partsOf(version)[at] ?? 0n,
    );
  }
}
