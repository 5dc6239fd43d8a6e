import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { nearest } from "../../sim/scenario/schema/distance.ts";
import type { Arguments } from "../command.ts";
import { writeWhole } from "../files/write.ts";
import { Exit, type ExitCode, type Io, UsageError } from "../io.ts";
import { controllerTemplate } from "./templates/controller.ts";
import { invariantTemplate } from "./templates/invariant.ts";
import { scenarioTemplate } from "./templates/scenario.ts";
import { schedulerTemplate } from "./templates/scheduler.ts";
import type { MakeTemplate } from "./templates/template.ts";

const templates: Readonly<Record<string, MakeTemplate>> = {
  scenario: scenarioTemplate,
  controller: controllerTemplate,
  scheduler: schedulerTemplate,
  invariant: invariantTemplate,
};

/** Writes something to start from: a scenario unless another kind is given. It works as it is. */
export function create(args: Arguments, io: Io): ExitCode {
  const given = (args.text("name") ?? "").replace(/\.(ya?ml|ts)$/, "");
  const make = templateOf(args.text("kind"), given);
  const slash = given.lastIndexOf("/") + 1;
  const [folder, name] = [given.slice(0, slash), given.slice(slash)];
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name))
    throw new UsageError(
      `expected a name of lower-case letters, digits and -, got ${JSON.stringify(given)}`,
    );
  const { files, tryIt } = make(name);
  for (const [file] of files)
    if (existsSync(resolve(io.cwd, folder, file)) && !args.has("force"))
      throw new UsageError(`${folder}${file} exists`, "--force overwrites it.");
  const target = resolve(io.cwd, folder);
  if (!existsSync(target)) throw new UsageError(`there is no folder ${JSON.stringify(folder)}`);
  for (const [file, text] of files) {
    writeWhole(resolve(target, file), text);
    io.out(`${folder}${file}\n`);
  }
  const there = folder === "" ? "" : ` in ${folder}`;
  if (!args.has("quiet")) io.err(`Try it${there}:\n${tryIt.map((line) => `  ${line}\n`).join("")}`);
  return Exit.fine;
}

function templateOf(kind: string | undefined, name: string): MakeTemplate {
  if (kind === undefined && templates[name] !== undefined)
    throw new UsageError(`expected NAME`, `ksim new ${name} NAME`);
  const found = templates[kind ?? "scenario"];
  if (found !== undefined) return found;
  const near = nearest(kind ?? "", Object.keys(templates));
  throw new UsageError(
    `unknown kind ${JSON.stringify(kind)}`,
    near === undefined
      ? `There are ${Object.keys(templates).join(", ")}.`
      : `Did you mean ${near}?`,
  );
}
