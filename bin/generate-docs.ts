/** Writes the tables of the manual anew: `npm run docs`. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { docTables, fillTables } from "./docs-tables.ts";

const tables = await docTables();
for (const file of readdirSync("docs").filter((name) => name.endsWith(".md"))) {
  const path = `docs/${file}`;
  const page = readFileSync(path, "utf8");
  const filled = fillTables(page, tables);
  if (filled !== page) writeFileSync(path, filled);
}
