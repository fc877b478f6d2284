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

test("without scripts one can sign in, read, post, create a room and sign out", { tag: "@core" }, async ({ visitor, person }) => {
  const ben = await person("Ben");
  await ben.openRoom("general");
  await ben.say("Welcome");
  await chatsWithForms(await visitor("Ana", { javaScriptEnabled: false }), ben);
});

test("the same works when the script cannot be loaded", async ({ visitor, person }) => {
  const ben = await person("Ben");
  await ben.openRoom("general");
  await ben.say("Welcome");
  const ana = await visitor("Ana");
  ana.problems.expect(/ERR_BLOCKED_BY_CLIENT|Failed to fetch dynamically imported module/);
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
