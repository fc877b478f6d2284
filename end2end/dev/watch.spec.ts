import { expect, test as base } from "@playwright/test";
import { Person } from "../support/person";
import { Problems, UNREACHABLE } from "../support/problems";
import { Watch } from "./watch";

/** Ends with the test, also with one that takes too long. */
const test = base.extend<{ watch: Watch }>({
  watch: async ({}, use, info) => {
    const watch = await Watch.start(process.env.HUBBUB_DEV_TREE ?? "");
    await use(watch);
    await watch.stop();
    await info.attach("cargo-leptos.log", { body: watch.log, contentType: "text/plain" });
  },
});

test("a changed style, component and server file show in the open page by themselves", async ({ page, context, watch }) => {
  await watch.listening;
  const problems = new Problems(context, watch.url);
  problems.expect(UNREACHABLE, /Live-reload disconnected/);
  const ana = new Person(page, problems, "Ana");
  await page.goto(`${watch.url}/login`);
  await page.getByRole("textbox", { name: "Your name" }).fill("Ana");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/rooms");
  await page.goto(`${watch.url}/rooms/general`);
  await ana.isLive();

  watch.change("style/base.css", "body {", "body {\n  caret-color: rgb(1, 2, 3);");
  await expect(page.locator("body")).toHaveCSS("caret-color", "rgb(1, 2, 3)");
  await page.reload();
  await expect(page.locator("body")).toHaveCSS("caret-color", "rgb(1, 2, 3)");

  watch.change("app/src/components/composer.rs", 'class="composer"', 'class="composer" data-changed="yes"');
  await expect(page.locator(".composer[data-changed=yes]")).toBeVisible();
  // The new script has taken over what the new server rendered.
  await ana.isLive();
  await ana.say("said with the changed component");
  await expect(ana.message("said with the changed component")).toHaveCount(1);
  await ana.hasSentAll();

  watch.change("server/src/http/mod.rs", '"DENY"', '"SAMEORIGIN"');
  const frameOptions = async () => {
    // There is no server while it is restarted.
    const answer = await page.request.get(watch.url).catch(() => undefined);
    return answer?.headers()["x-frame-options"];
  };
  await expect.poll(frameOptions).toBe("SAMEORIGIN");
  await ana.isLive();
  await ana.say("said to the changed server");
  await expect(ana.message("said to the changed server")).toHaveCount(1);
  await ana.hasSentAll();
  expect(problems.unexpected).toEqual([]);
});
