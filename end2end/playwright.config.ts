import { defineConfig } from "@playwright/test";
import { chromiumLaunch, firefoxLaunch } from "./support/browser";

export default defineConfig({
  testDir: "tests",
  forbidOnly: Boolean(process.env.CI),
  fullyParallel: true,
  workers: 2,
  // A test that passes at the second try hides a race that a person will meet.
  retries: 0,
  timeout: 60_000,
  // A client that was cut off for a while tries again within 15 s.
  expect: { timeout: 20_000 },
  reporter: process.env.CI ? [["list"]] : [["list"], ["html", { open: "never" }]],
  use: {
    viewport: { width: 1280, height: 800 },
    trace: "retain-on-failure",
  },
  projects: [
    { name: "chromium", use: { browserName: "chromium", launchOptions: chromiumLaunch } },
    // The ten ways that everybody goes; all others cost time and differ less between browsers.
    { name: "firefox", grep: /@core/, use: { browserName: "firefox", launchOptions: firefoxLaunch } },
  ],
});
