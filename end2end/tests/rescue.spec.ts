import { expect, type Person, test } from "../support/test";

/** What a script says that panics, and what the browser says about it. */
const PANIC = /hydration error|panicked|unreachable|RuntimeError/i;

const plainNotice = (someone: Person) => someone.page.getByRole("status").filter({ hasText: "Something in this page failed" });

/** How often the page was loaded from now on. */
function loads(someone: Person): () => number {
  let count = 0;
  someone.page.on("domcontentloaded", () => (count += 1));
  return () => count;
}

/** Lets every script of this browser fail as soon as it walks through the page, at its start. */
const breakStart = (someone: Person) =>
  someone.context.addInitScript(() => {
    Object.defineProperty(Node.prototype, "firstChild", { get: () => null });
  });

/** Lets the script fail as soon as it draws anything new. */
const breakDrawing = () => {
  Node.prototype.cloneNode = () => {
    throw new Error("broken by the test");
  };
};

/** All that somebody does in a room works, without anything live. */
async function worksPlainly(ana: Person, ben: Person): Promise<void> {
  await ana.page.goto("/rooms/general");
  await expect(plainNotice(ana)).toBeVisible();
  await ana.sayWithButton("Posted plainly");
  await expect(ben.message("Posted plainly")).toHaveCount(1);
  await expect(ana.message("Posted plainly")).toHaveCount(1);
  await ana.page.locator(".sidebar-brand").click();
  await expect(ana.page).toHaveURL(/\/rooms$/);
  await ana.createRoom("Quiet corner");
  await expect(ana.page).toHaveURL(/\/rooms\/quiet-corner$/);
}

test("a page whose script fails at its start works as plain forms and links, and says so", async ({ visitor, person }) => {
  const ben = await person("Ben");
  await ben.openRoom("general");
  const ana = await visitor("Ana");
  ana.problems.expect(PANIC);
  await breakStart(ana);
  // The script leaves this page as it was sent, so it has no start to fail at.
  await ana.page.goto("/login");
  const loaded = loads(ana);
  await ana.page.getByRole("textbox", { name: "Your name" }).fill("Ana");
  await ana.page.keyboard.press("Enter");
  await expect(plainNotice(ana)).toBeVisible();
  expect(loaded(), "loaded anew once with the script and once without").toBe(3);
  expect(new URL(ana.page.url()).pathname).toBe("/rooms");
  await worksPlainly(ana, ben);
});

test("a page that fails later is loaded anew once, keeps what was typed, and goes on", async ({ person }) => {
  const [ana, ben] = [await person("Ana"), await person("Ben")];
  await ben.openRoom("general");
  await ana.openRoom("general");
  await ana.composer.pressSequentially("half a sentence");
  ana.problems.expect(PANIC);
  const loaded = loads(ana);
  await ana.page.evaluate(breakDrawing);
  await ben.say("the last straw");
  await expect.poll(loaded).toBe(1);
  await ana.isLive();
  await expect(ana.message("the last straw")).toHaveCount(1);
  await expect(ana.composer).toHaveValue("half a sentence");
  await ana.composer.press("Enter");
  await expect(ben.message("half a sentence")).toHaveCount(1);
  await ben.say("and back");
  await expect(ana.message("and back")).toHaveCount(1);
  await expect(plainNotice(ana)).toHaveCount(0);
  expect(loaded()).toBe(1);
});

test("a page that fails again and again becomes plain, until somebody tries again", async ({ person }) => {
  const [ana, ben] = [await person("Ana"), await person("Ben")];
  await ben.openRoom("general");
  await ana.openRoom("general");
  ana.problems.expect(PANIC);
  const loaded = loads(ana);
  for (const count of [1, 2]) {
    await ana.isLive();
    await ana.page.evaluate(breakDrawing);
    await ben.say(`straw ${count}`);
    await expect.poll(loaded).toBe(count);
  }
  await expect(plainNotice(ana)).toBeVisible();
  await worksPlainly(ana, ben);

  await plainNotice(ana).getByRole("button", { name: "Try again" }).click();
  await expect(plainNotice(ana)).toHaveCount(0);
  await ana.isLive();
  await ana.say("alive again");
  await expect(ana.message("alive again")).toHaveCount(1);
});

test("a page that had lived well before it failed is loaded anew with its script each time", async ({ person }) => {
  const [ana, ben] = [await person("Ana"), await person("Ben")];
  // Ages the page without waiting for it. The wall clock is turned back at each load, which must not matter.
  await ana.context.addInitScript(() => {
    const age = performance.now.bind(performance);
    performance.now = () => age() + 150_000;
    Date.now = () => age();
  });
  await ben.openRoom("general");
  await ana.openRoom("general");
  ana.problems.expect(PANIC);
  const loaded = loads(ana);
  for (const count of [1, 2, 3]) {
    await ana.isLive();
    await ana.page.evaluate(breakDrawing);
    await ben.say(`straw ${count}`);
    await expect.poll(loaded).toBe(count);
  }
  await ana.isLive();
  await expect(plainNotice(ana)).toHaveCount(0);
});

test("after a few plain pages the script is given another chance", async ({ person }) => {
  const ana = await person("Ana");
  await ana.page.evaluate(() => sessionStorage.setItem("hubbub.failures", "9"));
  const alive = ana.page.locator("#app[data-alive]");
  for (let page = 1; page <= 8; page += 1) {
    await ana.page.goto("/rooms/general");
    await expect(plainNotice(ana)).toBeVisible();
    await expect(alive).toHaveCount(0);
  }
  await ana.openRoom("general");
  await expect(alive).toHaveCount(1);
});

test("a script that arrives damaged leaves a page that works", async ({ visitor, person }) => {
  const ben = await person("Ben");
  await ben.openRoom("general");
  const ana = await visitor("Ana");
  ana.problems.expect(/WebAssembly|CompileError/);
  await ana.context.route("**/*.wasm", (route) => route.fulfill({ contentType: "application/wasm", body: "no module" }));
  await ana.signIn();
  await ana.page.waitForURL("**/rooms");
  await ana.page.goto("/rooms/general");
  await ana.sayWithButton("Posted plainly");
  await expect(ben.message("Posted plainly")).toHaveCount(1);
  await expect(ana.message("Posted plainly")).toHaveCount(1);
});
