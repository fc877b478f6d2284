import { defineConfig } from "@playwright/test";
import base from "./playwright.config";

/** What a developer does, in a copy of the tree: `scripts/test-dev` makes the copy and says where it is. */
export default defineConfig(base, {
  testDir: "dev",
  workers: 1,
  // Compiles, the first time everything, and that on a machine that may be small and busy.
  timeout: 60 * 60_000,
  expect: { timeout: 5 * 60_000 },
  reporter: [["list"]],
});
