import { UNREACHABLE } from "../support/problems";
import { expect, test } from "../support/test";

test("a double click on Enter is one sign-in", async ({ visitor, server }) => {
  const ana = await visitor("Ana", { javaScriptEnabled: false });
  await ana.page.goto("/login");
  await ana.page.getByRole("textbox", { name: "Your name" }).fill("Ana");
  await ana.page.getByRole("button", { name: "Enter" }).dblclick();
  await expect(ana.page).toHaveURL(/\/rooms$/);
  await ana.page.goto(`${server.url}/rooms/general`);
  await expect(ana.composer).toBeVisible();
});

test("a browser that keeps no cookies is told so, and the name stays free", async ({ visitor, person }) => {
  const ana = await visitor("Ana");
  ana.problems.expect(/\b400\b/);
  await ana.page.goto("/login");
  // As a browser that blocks cookies: what it is sent never comes back.
  await ana.context.clearCookies();
  await ana.page.getByRole("textbox", { name: "Your name" }).fill("Ana");
  await ana.page.getByRole("button", { name: "Enter" }).click();
  await expect(ana.page.getByRole("alert")).toContainText("This browser did not keep the cookie");
  await expect(ana.page.getByRole("textbox", { name: "Your name" })).toHaveValue("Ana");
  const other = await person("Ana");
  await expect(other.page).toHaveURL(/\/rooms$/);
});

test("a tab that waits at the sign-in goes on when another has signed in", async ({ visitor }) => {
  const ana = await visitor("Ana");
  await ana.page.goto("/rooms/general");
  await expect(ana.page).toHaveURL(/\/login/);
  const tab = await ana.newTab();
  await tab.signIn();
  await expect(tab.page).toHaveURL(/\/rooms$/);
  await ana.page.reload();
  await expect(ana.page).toHaveURL(/\/rooms\/general$/);
});

test("after signing out by hand no tab leads the next person back into the room", async ({ person }) => {
  const ana = await person("Ana");
  await ana.openRoom("general");
  const tab = await ana.newTab();
  await tab.page.goto("/rooms");
  await tab.page.getByRole("button", { name: "Sign out" }).click();
  await expect(ana.page).toHaveURL(/\/login$/);
});

test("signing out while the server is down says that one is still signed in", async ({ person, server }) => {
  const ana = await person("Ana");
  ana.problems.expect(UNREACHABLE);
  await server.stop();
  await ana.page.getByRole("button", { name: "Sign out" }).click();
  await expect(ana.page.getByRole("alert")).toContainText("still signed in");
  await server.start();
  await ana.page.getByRole("button", { name: "Sign out" }).click();
  await expect(ana.page).toHaveURL(/\/login$/);
});

test("an address to sign out asks first", async ({ person }) => {
  const ana = await person("Ana");
  await ana.page.goto("/logout");
  await expect(ana.page.getByRole("heading", { name: "Sign out?" })).toBeVisible();
  await ana.page.getByRole("button", { name: "Sign out" }).click();
  await expect(ana.page).toHaveURL(/\/login$/);
});

test("a taken name as wide as a phone does not widen the page", async ({ visitor, person }) => {
  const wide = "W".repeat(32);
  await person(wide);
  const other = await visitor(wide, { viewport: { width: 390, height: 844 } });
  other.problems.expect(/\b409\b/);
  await other.signIn();
  await expect(other.page.getByRole("button", { name: /^Go on as/ })).toBeVisible();
  const overflow = await other.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
});

test("a refused room says which character it was, and which room looks like it", async ({ person }) => {
  const ana = await person("Ana");
  ana.problems.expect(/\b422\b/, /\b409\b/);
  await ana.createRoom("a\u200bb");
  await expect(ana.page.getByRole("alert")).toContainText("U+200B");
  await expect(ana.page.getByRole("textbox", { name: "New room" })).toHaveValue("a\u200bb");
  await ana.createRoom("g\u0435neral");
  await ana.page.getByRole("alert").getByRole("link").click();
  await expect(ana.page).toHaveURL(/\/rooms\/general$/);
});
