/**
 * Judges a file of recorded answers: `npm run golden -- KIND FILE…`.
 * A judge is a module with `judge(file)`: it prints its counts and differences and says whether all is right.
 */
interface Judge {
  judge(file: string): boolean | Promise<boolean>;
}

/** What can be judged: one line a kind of file. */
const judges: Readonly<Record<string, () => Promise<Judge>>> = {
  defaults: () => import("../rest/judge-defaults.ts"),
  errors: () => import("../rest/judge-errors.ts"),
  kubectl: () => import("../kubectl/replay.ts"),
  scheduler: () => import("../scheduler/judge.ts"),
  timelines: () => import("../controllers/timelines/judge.ts"),
  printers: () => import("../api/printers/judge.ts"),
};

const [kind = "", ...files] = process.argv.slice(2);
const load = judges[kind];
if (load === undefined || files.length === 0) {
  console.error(`usage: npm run golden -- ${Object.keys(judges).join("|")} FILE…`);
  process.exitCode = 2;
} else {
  const { judge } = await load();
  for (const file of files) if (!(await judge(file))) process.exitCode = 1;
}
