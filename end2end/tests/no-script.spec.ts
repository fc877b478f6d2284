import { expect, type Person, test } from "../support/test";

/** The pages as plain forms: what works here works for a slow phone before the script has arrived, too. */
async function chatsWithForms(ana: Person, ben: Person): Promise<void> {
  await ana.signIn();
  await expect(ana.page).toHaveURL(/\/rooms$/);
  await ana.rooms.getByRole("link", { name: /^general/ }).click();
  await expect(ana.message("Welcome")).toContainText("Ben");

  await ana.sayWithButton("Posted <b>plainly</b>");
  await expect(ana.page).toHaveURL(/\/rooms\/general/);
  await expect(ana.message("Posted <b>plainly</b>")).toHaveCount(1);
  await expect(ben.message("Posted <b>plainly</b>")).toHaveCount(1);

  await ana.page.goto("/rooms");
  await ana.createRoom("Quiet corner");
  await expect(ana.page).toHaveURL(/\/rooms\/quiet-corner$/);
  await ana.page.getByRole("button", { name: "Sign out" }).click();
  await expect(ana.page).toHaveURL(/\/login/);
}

test("without scripts one can sign in, read, post, create a room and sign out", async ({ visitor, person }) => {
  const ben = await person("Ben");
  await ben.openRoom("general");
  await ben.say("Welcome");
  await chatsWithForms(await visitor("Ana", { javaScriptEnabled: false }), ben);
});

test("the same works when the script cannot be loaded", { tag: "@core" }, async ({ visitor, person }) => {
  const ben = await person("Ben");
  await ben.openRoom("general");
  await ben.say("Welcome");
  const ana = await visitor("Ana");
  ana.problems.expect(/ERR_BLOCKED_BY_CLIENT|NS_ERROR_ABORT|(Failed to fetch|error loading) dynamically imported module/);
  await ana.context.route(/\.(js|wasm)$/, (route) => route.abort("blockedbyclient"));
  await chatsWithForms(ana, ben);
});

test("reloading the page after posting does not post again", async ({ person }) => {
  const ana = await person("Ana", { javaScriptEnabled: false });
  await ana.page.goto("/rooms/general");
  await ana.sayWithButton("once");
  await expect(ana.message("once")).toHaveCount(1);
  await ana.page.reload();
  await expect(ana.message("once")).toHaveCount(1);
});

test("a taken name is explained without scripts, too", async ({ person, visitor }) => {
  await person("Ben");
  const other = await visitor("Ben", { javaScriptEnabled: false });
  other.problems.expect(/\b409\b/);
  await other.signIn();
  await expect(other.page.getByRole("alert")).toContainText("Ben");
});

test("a message that is refused comes back with its text", async ({ person }) => {
  const ana = await person("Ana", { javaScriptEnabled: false });
  ana.problems.expect(/\b422\b/);
  await ana.page.goto("/rooms/general");
  const long = `\n  </textarea><b>first</b>\n${"x".repeat(17_000)}`;
  await ana.sayWithButton(long);
  await expect(ana.page.getByRole("alert")).toContainText("too long");
  await expect(ana.composer).toHaveValue(long);
});

test("a message written when the session was gone is there after signing in again", async ({ person }) => {
  const ana = await person("Ana", { javaScriptEnabled: false });
  ana.problems.expect(/\b401\b/, /was preloaded using link preload/);
  await ana.page.goto("/rooms/general");
  await ana.context.clearCookies({ name: "hubbub_session" });
  const tab = await ana.newTab();
  await tab.page.goto("/login");
  await ana.sayWithButton("  kept\nand more");
  await expect(ana.page.getByRole("alert")).toContainText("signed out");
  await ana.page.getByRole("textbox", { name: "Your name" }).fill("Bea");
  await ana.page.getByRole("button", { name: "Enter" }).click();
  await expect(ana.composer).toHaveValue("  kept\nand more");
  await ana.page.getByRole("button", { name: "Send" }).click();
  await expect(ana.message("and more")).toContainText("Bea");
});

test("a room's form clicked twice is one room", async ({ person }) => {
  const ana = await person("Ana", { javaScriptEnabled: false });
  await ana.page.getByRole("textbox", { name: "New room" }).fill("Big Plans");
  await ana.page.getByRole("button", { name: "Create room" }).dblclick();
  await expect(ana.page).toHaveURL(/\/rooms\/big-plans$/);
});
