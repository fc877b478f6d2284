import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { LaunchOptions } from "@playwright/test";

/** The system's Chromium where there is one, so that nothing has to be downloaded; else the one Playwright brings. */
export const launchOptions: LaunchOptions = {
  executablePath: onPath("chromium"),
  args: [
    // Chromium refuses to run as root inside its own sandbox, and containers and CI run as root.
    "--no-sandbox",
    "--disable-gpu",
    // The tests talk to this machine only, and so should the browser.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
  ],
};

function onPath(command: string): string | undefined {
  const candidates = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, command));
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
