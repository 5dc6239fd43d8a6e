import { parse } from "yaml";
import type { Client } from "../../api/client.ts";
import { type Micros, parseSpan } from "../../engine/time.ts";

/** Where the settings of add-ons are: a ConfigMap of the add-on's name in kube-system, YAML under `config`. */
const NAMESPACE = "kube-system";

/** Settings of an add-on as they were written down; empty without a ConfigMap or with text that is no mapping. */
export type Settings = Readonly<Record<string, unknown>>;

const parsed = new Map<string, Settings>();

/** Reads an add-on's settings from its ConfigMap. */
export function readSettings(client: Client, name: string): Settings {
  const text = client.get("ConfigMap", `${NAMESPACE}/${name}`)?.data?.["config"] ?? "";
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const settings = parseSettings(text);
  if (parsed.size > 64) parsed.clear();
  parsed.set(text, settings);
  return settings;
}

function parseSettings(text: string): Settings {
  try {
    const value: unknown = parse(text, { logLevel: "silent" });
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Settings)
      : {};
  } catch {
    return {};
  }
}

/** A span of the settings (`10m`), or what it is by default. */
export function spanOf(settings: Settings, key: string, fallback: Micros): Micros {
  const value = settings[key];
  return typeof value === "string" ? (parseSpan(value) ?? fallback) : fallback;
}

/** A number of the settings, or what it is by default. */
export function numberOf(settings: Settings, key: string, fallback: number): number {
  const value = settings[key];
  return typeof value === "number" ? value : fallback;
}

/** A text of the settings, or what it is by default. */
export function textOf(settings: Settings, key: string, fallback: string): string {
  const value = settings[key];
  return typeof value === "string" ? value : fallback;
}

/** Whether the settings say yes. */
export function flagOf(settings: Settings, key: string, fallback: boolean): boolean {
  const value = settings[key];
  return typeof value === "boolean" ? value : fallback;
}

/** A list of mappings of the settings. */
export function listOf(settings: Settings, key: string): readonly Settings[] {
  const value = settings[key];
  return Array.isArray(value)
    ? value.filter((item): item is Settings => typeof item === "object" && item !== null)
    : [];
}

/** A list of texts of the settings. */
export function textsOf(settings: Settings, key: string): readonly string[] | undefined {
  const value = settings[key];
  return Array.isArray(value) ? value.map(String) : undefined;
}

/** A mapping of texts of the settings: labels, capacity. */
export function mapOf(
  settings: Settings,
  key: string,
): Readonly<Record<string, string>> | undefined {
  const value = settings[key];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, String(item)]));
}
