/**
 * `npm run bench -- NAME…`: runs benchmarks by name. Each prints one JSON object a line on stdout and asserts the work
 * it did; times are only reported. Without a name it lists what there is.
 */
import { readdirSync } from "node:fs";

const here = new URL(".", import.meta.url);
const extension = import.meta.url.slice(-3);
const names = readdirSync(here)
  .filter((file) => file.endsWith(extension))
  .map((file) => file.slice(0, -extension.length))
  .filter((name) => name !== "run" && name !== "report")
  .sort();
const wanted = process.argv.slice(2);
if (wanted.length === 0) {
  console.error(`benchmarks: ${names.join(", ")}`);
  process.exitCode = 2;
}
for (const name of wanted) {
  if (!names.includes(name)) {
    console.error(`unknown benchmark ${name}; there are ${names.join(", ")}`);
    process.exitCode = 2;
    continue;
  }
  const { run } = (await import(new URL(name + extension, here).href)) as {
    run: () => void | Promise<void>;
  };
  await run();
}
