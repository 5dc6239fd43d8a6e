import { defineConfig } from "vitest/config";

/** The default tests: everything but the long campaigns. Two workers: the size of the smallest machine they run on. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.{ts,tsx}"],
    exclude: ["test/**/*.long.test.ts", "node_modules/**"],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
