import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, type BrowserContext, type BrowserContextOptions, firefox, type LaunchOptions } from "@playwright/test";

/** The system's Chromium where there is one, so that nothing has to be downloaded; else the one Playwright brings. */
export const chromiumLaunch: LaunchOptions = {
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

/** The system's own Firefox over WebDriver BiDi: no build of Playwright's, but what people use. */
export const firefoxLaunch: LaunchOptions = {
  channel: "moz-firefox",
  executablePath: onPath("firefox-esr") ?? onPath("firefox"),
};

/** A context of `browser`, and what ends it. */
export async function openContext(
  browser: Browser,
  options: BrowserContextOptions,
): Promise<{ context: BrowserContext; close: () => Promise<void> }> {
  if (browser.browserType() === firefox && options.colorScheme === "dark") {
    // Firefox cannot be told that for one context.
    const dark = await firefox.launch({ ...firefoxLaunch, firefoxUserPrefs: { "ui.systemUsesDarkTheme": 1 } });
    return { context: await dark.newContext(options), close: () => dark.close() };
  }
  const context = await browser.newContext(options);
  return { context, close: () => context.close() };
}

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
