import { devices } from "@playwright/test";
import { expect, test } from "../support/test";

const phone = { ...devices["iPhone 13"], defaultBrowserType: undefined, viewport: { width: 390, height: 844 } };

test("on a phone one signs in, finds a room, talks and goes back", async ({ person }) => {
  const [ana, ben] = [await person("Ana", phone), await person("Ben")];
  await ben.openRoom("general");

  await ana.rooms.getByRole("link", { name: /^general/ }).tap();
  await expect(ana.composer).toBeInViewport();
  await ana.sayWithButton("from the phone");
  await expect(ben.message("from the phone")).toHaveCount(1);

  await ana.page.getByRole("link", { name: /rooms/i }).first().tap();
  await expect(ana.rooms.getByRole("link", { name: /^general/ })).toBeInViewport();
});

test("no page scrolls sideways on a phone", { tag: "@core" }, async ({ visitor }) => {
  const ana = await visitor("Ana", phone);
  const scrollsSideways = () =>
    ana.page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

  await ana.page.goto("/login");
  expect(await scrollsSideways()).toBe(false);
  await ana.signIn();
  await ana.page.waitForURL("**/rooms");
  expect(await scrollsSideways()).toBe(false);
  await ana.page.goto("/rooms/general");
  expect(await scrollsSideways()).toBe(false);
});
