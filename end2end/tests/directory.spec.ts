import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "../support/test";

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

const searchbox = (page: Page) => page.getByRole("searchbox", { name: "Find a room" });
const allRooms = (page: Page) => page.getByRole("list", { name: "All public rooms" });
const links = (page: Page) => allRooms(page).getByRole("link");

/** More rooms than one page has, besides `general`. */
async function manyRooms(bot: (name: string) => Promise<{ createRoom(name: string): Promise<void> }>): Promise<void> {
  const maker = await bot("Maker");
  for (let number = 10; number < 80; number++) {
    await maker.createRoom(`Team ${number}`);
  }
  await maker.createRoom("Big Plans");
}

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "with the script" : "without scripts";

  test(`a room is found by part of its name, ${how}`, { tag: "@core" }, async ({ person, bot }) => {
    await manyRooms(bot);
    const ana = await person("Ana", { javaScriptEnabled });
    await searchbox(ana.page).fill("PLAN");
    await ana.page.keyboard.press("Enter");

    await expect(links(ana.page)).toHaveCount(1);
    await expect(ana.page.getByRole("heading", { name: "1 room found" })).toBeVisible();
    await expect(searchbox(ana.page)).toHaveValue("PLAN");
    await links(ana.page).click();
    await expect(ana.page.getByRole("heading", { level: 1, name: "Big Plans" })).toBeVisible();
    await ana.page.goBack();
    await expect(ana.page).toHaveURL(/\?search=PLAN$/);
    await expect(links(ana.page)).toHaveCount(1);

    await searchbox(ana.page).fill("nowhere to be found");
    await ana.page.getByRole("button", { name: "Find" }).click();
    await expect(ana.page.getByText("No room has this in its name.")).toBeVisible();
    await ana.page.getByRole("link", { name: "All rooms", exact: true }).click();
    await expect(ana.page.getByRole("heading", { name: "All 72 rooms, by name" })).toBeVisible();
  });

  test(`all rooms are read page by page, ${how}`, async ({ person, bot }) => {
    await manyRooms(bot);
    const ana = await person("Ana", { javaScriptEnabled, viewport: PHONE });
    await expect(links(ana.page)).toHaveCount(50);
    await expect(links(ana.page).first()).toContainText("Big Plans");
    await ana.page.getByRole("link", { name: "Next page" }).click();
    await expect(links(ana.page)).toHaveCount(22);
    await expect(ana.page.getByRole("link", { name: "Next page" })).toHaveCount(0);
    await ana.page.getByRole("link", { name: "First page" }).click();
    await expect(links(ana.page)).toHaveCount(50);
  });
}

test("in a server with many rooms the lively ones are at hand, live, in every tab", async ({ person, bot }) => {
  await manyRooms(bot);
  const ana = await person("Ana");
  await ana.openRoom("team-10");
  const tab = await ana.newTab();
  await tab.page.goto("/rooms");
  await expect(ana.rooms.locator("[aria-current=page]")).toContainText("Team 10");
  await expect(ana.rooms.getByRole("link", { name: /^Team 11/ })).toHaveCount(0);
  await expect(ana.rooms.getByRole("link", { name: "All 72 rooms" })).toBeVisible();

  const ben = await bot("Ben");
  await ben.createRoom("Brand new");
  for (const page of [ana, tab]) {
    await expect(page.rooms.getByRole("link", { name: /^Brand new/ })).toHaveCount(1);
  }
  await ben.openRoom("brand-new");
  await ben.say("brand-new", "Anybody here?");
  for (const page of [ana, tab]) {
    await expect(page.rooms.getByRole("link").first()).toContainText(/^Brand new 1/);
  }
  // However long the list, the page of a room is as high as the window.
  const isHigher = () => document.documentElement.scrollHeight > window.innerHeight;
  expect(await ana.page.evaluate(isHigher)).toBe(false);
  // Where one is stays in the list, with its count, however lively others are.
  await expect(ana.rooms.locator("[aria-current=page]")).toContainText(/Team 10 1/);

  await ana.rooms.getByRole("link", { name: "All 73 rooms" }).click();
  await expect(links(ana.page)).toHaveCount(50);
});

test("the page of the rooms is live while they are few, and tells when there are more than it has", async ({ person, bot }) => {
  const ana = await person("Ana");
  await expect(links(ana.page)).toHaveCount(1);
  await manyRooms(bot);
  await expect(ana.rooms.getByRole("listitem")).toHaveCount(50);
  await ana.rooms.getByRole("link", { name: "All 72 rooms" }).click();
  await expect(ana.page.getByRole("heading", { name: "All 72 rooms, by name" })).toBeVisible();
});

test("what is longer than any name is refused with its text", async ({ person }) => {
  const ana = await person("Ana", { javaScriptEnabled: false });
  ana.problems.expect(/\b422\b/);
  const long = "x".repeat(60);
  await ana.page.goto(`/rooms?search=${long}`);
  await expect(ana.page.getByRole("alert")).toContainText("too long");
  await expect(searchbox(ana.page)).toHaveValue(long);
});

/** Nothing that axe finds on the page, and a picture of it where somebody wants one. */
async function isSound(page: Page, name: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
  const folder = process.env.HUBBUB_SCREENS;
  if (folder) {
    await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
  }
}

for (const [device, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`axe finds nothing in the ${colorScheme} lists of rooms on a ${device}`, async ({ person, bot }) => {
      await manyRooms(bot);
      const ana = await person("Ana", { colorScheme, viewport });
      const check = (name: string) => isSound(ana.page, `${name}-${device}-${colorScheme}`);
      await check("rooms");
      await ana.page.goto("/rooms?search=team");
      await check("found");
      await ana.page.getByRole("link", { name: "Next page" }).click();
      await check("next");
      await ana.page.goto("/rooms?search=nowhere");
      await check("nothing");
      await ana.openRoom("general");
      await check("room");
    });

    test(`who reads too often gets a ${colorScheme} page that says so on a ${device}`, async ({ person }) => {
      const ana = await person("Ana", { colorScheme, viewport });
      ana.problems.expect(/\b429\b/);
      const refused = ana.page.getByRole("heading", { level: 1, name: "One moment" });
      await expect(async () => {
        // Meanwhile more is read than one visitor may.
        const flood = Promise.all(Array.from({ length: 200 }, () => ana.context.request.get("/rooms?search=x")));
        const answer = await ana.page.goto("/rooms");
        await flood;
        expect(answer?.status()).toBe(429);
      }).toPass();
      await expect(refused).toBeVisible();
      await isSound(ana.page, `too-often-${device}-${colorScheme}`);
    });
  }
}
