import { expect, test } from "../support/test";

test("a new room opens under a readable address and is in the other's list at once", { tag: "@core" }, async ({ person }) => {
  const [ana, ben] = [await person("Ana"), await person("Ben")];
  await ana.createRoom("Lunch & Cake");

  await expect(ana.page).toHaveURL(/\/rooms\/lunch-[a-z-]*cake$/);
  await ana.isLive();
  await ben.rooms.getByRole("link", { name: /^Lunch & Cake/ }).click();
  await ben.isLive();
  await ana.say("Found it?");
  await expect(ben.message("Found it?")).toHaveCount(1);
});

test("a room's name can be taken only once", async ({ person }) => {
  const ana = await person("Ana");
  ana.problems.expect(/\b409\b/);
  await ana.createRoom("General");

  await expect(ana.page.getByRole("alert")).toContainText(/already|taken/i);
});

test("the list of rooms says how many are in each, live", async ({ person, bot }) => {
  const ana = await person("Ana");
  const general = ana.rooms.getByRole("link", { name: /^general/ });
  await expect(general).toContainText(/0 here|nobody here|empty/i);

  const ben = await bot("Ben");
  await ben.openRoom("general");
  await expect(general).toContainText(/1 here/i);
});

test("an unknown room is a page of its own, with status 404 and the way back", async ({ person }) => {
  const ana = await person("Ana");
  ana.problems.expect(/\b404\b/);
  const response = await ana.page.goto("/rooms/no-such-room");

  expect(response?.status()).toBe(404);
  await expect(ana.page.getByRole("heading", { level: 1 })).toBeVisible();
  await ana.page.getByRole("main").getByRole("link", { name: /rooms/i }).click();
  await expect(ana.page).toHaveURL(/\/rooms$/);
});

test("a message to a room that is not there is in the composer once somebody has created the room", async ({ person }) => {
  const ana = await person("Ana");
  ana.problems.expect(/\b404\b/);
  await ana.openRoom("general");
  await ana.composer.fill("1 < 2 &amp; more");
  await ana.page.evaluate(() => {
    const form = document.querySelector<HTMLFormElement>("form.composer")!;
    form.action = "/rooms/lunch/messages";
    // Without its handlers, as it is sent before the page is alive.
    form.submit();
  });
  await expect(ana.page.getByRole("heading", { level: 1, name: "No such room" })).toBeVisible();
  await expect(ana.page.getByRole("textbox", { name: "What you wrote is not sent" })).toHaveValue("1 < 2 &amp; more");

  await expect(ana.page.locator("#app[data-alive]")).toHaveCount(1);
  await ana.createRoom("Lunch");
  await expect(ana.page.getByRole("heading", { level: 1, name: "Lunch" })).toBeVisible();
  await expect(ana.composer).toHaveValue("1 < 2 &amp; more");
  await ana.page.reload();
  await expect(ana.composer).toHaveValue("1 < 2 &amp; more");
});

test("an unknown address is a 404 too", async ({ person }) => {
  const ana = await person("Ana");
  ana.problems.expect(/\b404\b/);
  const response = await ana.page.goto("/nowhere");

  expect(response?.status()).toBe(404);
  await expect(ana.page.getByRole("link", { name: /rooms/i })).toBeVisible();
});

test("going from room to room and back does not load the page again", async ({ person }) => {
  const ana = await person("Ana");
  await ana.openRoom("general");
  await ana.page.evaluate(() => document.body.setAttribute("data-alive", ""));
  const room = (name: string) => ana.page.getByRole("heading", { level: 1, name });

  await ana.createRoom("Quiet corner");
  await expect(room("Quiet corner")).toBeVisible();
  await expect(ana.page).toHaveTitle("Quiet corner · Hubbub");
  await ana.page.goBack();
  await expect(room("general")).toBeVisible();
  await expect(ana.page).toHaveURL(/\/rooms\/general$/);
  await expect(ana.page).toHaveTitle("general · Hubbub");
  await expect(ana.rooms.locator("[aria-current=page]")).toContainText("general");
  await ana.isLive();
  await ana.page.goForward();
  await expect(room("Quiet corner")).toBeVisible();
  await ana.page.locator(".sidebar-brand").click();
  await expect(room("Rooms")).toBeVisible();
  await expect(ana.page.locator("body[data-alive]")).toHaveCount(1);
});
