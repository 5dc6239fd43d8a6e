import { defineConfig } from "vitest/config";

/** The long campaigns: `npm run test:long`. */
export default defineConfig({
  test: {
    include: ["test/**/*.long.test.ts"],
    maxWorkers: 2,
    testTimeout: 1_800_000,
    hookTimeout: 120_000,
  },
});
