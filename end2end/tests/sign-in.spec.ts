import { expect, test } from "../support/test";

test("a name and the Enter key lead to the rooms", { tag: "@core" }, async ({ visitor }) => {
  const ana = await visitor("Ana");
  await ana.signIn();

  await expect(ana.page).toHaveURL(/\/rooms$/);
  await expect(ana.rooms.getByRole("link", { name: /^general/ })).toBeVisible();
});

test("whoever is not signed in is asked to, and then goes where they wanted to go", async ({ visitor }) => {
  const ana = await visitor("Ana");
  await ana.page.goto("/rooms/general");
  await expect(ana.page).toHaveURL(/\/login/);

  await ana.page.getByRole("textbox", { name: "Your name" }).fill("Ana");
  await ana.page.getByRole("button", { name: "Enter" }).click();
  await expect(ana.page).toHaveURL(/\/rooms\/general$/);
});

test("a session outlives a reload and a restart of the server", async ({ person, server }) => {
  const ana = await person("Ana");
  await ana.page.reload();
  await expect(ana.page).toHaveURL(/\/rooms$/);

  await ana.page.goto("about:blank");
  await server.restart();
  await ana.openRoom("general");
});

test("signing out ends the session, also for whoever kept its cookie", async ({ person }) => {
  const ana = await person("Ana");
  const cookies = await ana.context.cookies();
  await ana.page.getByRole("button", { name: "Sign out" }).click();
  await expect(ana.page).toHaveURL(/\/login/);

  await ana.context.addCookies(cookies);
  await ana.page.goto("/rooms");
  await expect(ana.page).toHaveURL(/\/login/);
});

test("the way back to the question before signing out shows it again", async ({ person }) => {
  const ana = await person("Ana");
  await ana.page.goto("/logout");
  await expect(ana.page.locator("#app[data-alive]")).toHaveCount(1);
  await ana.page.getByRole("link", { name: "Stay, and go to the rooms" }).click();
  await expect(ana.page.getByRole("heading", { level: 1, name: "Rooms" })).toBeVisible();
  await expect(ana.page.locator("#main")).toBeFocused();
  await ana.page.goBack();
  await expect(ana.page.getByRole("heading", { level: 1, name: "Sign out?" })).toBeVisible();
});

test("signing out in one tab ends the others", async ({ person }) => {
  const ana = await person("Ana");
  await ana.openRoom("general");
  const tab = await ana.newTab();
  await tab.page.goto("/rooms");

  await tab.page.getByRole("button", { name: "Sign out" }).click();
  await expect(ana.page).toHaveURL(/\/login/);
});

for (const taken of ["Ana María", "ana maría", "  Ana \u00a0 María ", "Ana\u2003María"]) {
  test(`a name in use is refused with a suggestion, written ${JSON.stringify(taken)}`, async ({ person, visitor }) => {
    await person("Ana María");
    const other = await visitor("somebody else");
    other.problems.expect(/\b409\b/);
    await other.signIn(taken);

    await expect(other.page.getByRole("alert")).toContainText(/signed in|in use|taken/i);
    await expect(other.page.getByRole("alert")).toContainText(/Ana María.?2|ana maría.?2/i);
    await expect(other.page).toHaveURL(/\/login/);
  });
}

test("a name is free again once its owner has signed out", async ({ person, visitor }) => {
  const ana = await person("Ana");
  await ana.page.getByRole("button", { name: "Sign out" }).click();
  await expect(ana.page).toHaveURL(/\/login/);

  const other = await visitor("Ana");
  await other.signIn();
  await expect(other.page).toHaveURL(/\/rooms$/);
});
