import { UNREACHABLE } from "../support/problems";
import { expect, test } from "../support/test";

test("a tab sends nothing in the name of whoever signed in after its author, who finds it again", async ({
  person,
  server,
  network,
}) => {
  const ana = await person("Ana", { baseURL: network.url });
  ana.problems.expect(UNREACHABLE);
  await ana.openRoom("general");
  network.cut();
  await ana.say("written as Ana");
  await expect(ana.message("written as Ana")).toHaveCount(1);

  // Cookies know no ports, so this way around the network is the same browser.
  const other = await ana.newTab();
  await other.page.goto(`${server.url}/rooms`);
  await other.page.getByRole("button", { name: "Sign out" }).click();
  await other.page.waitForURL("**/login");
  await other.page.getByRole("textbox", { name: "Your name" }).fill("Bea");
  await other.page.keyboard.press("Enter");
  await other.page.waitForURL("**/rooms");

  network.mend();
  await expect(ana.hereNow.filter({ hasText: "Bea" })).toHaveCount(1);
  await ana.say("written as Bea");
  await ana.hasSentAll();
  await ana.seesInOrder(/written as \w+/, ["written as Bea"]);

  await ana.page.getByRole("button", { name: "Sign out" }).click();
  await ana.page.waitForURL("**/login");
  await ana.signIn("Ana");
  await ana.page.waitForURL("**/rooms");
  await ana.openRoom("general");
  await ana.seesInOrder(/written as \w+/, ["written as Bea", "written as Ana"]);
  await ana.hasSentAll();
  await expect(ana.message("written as Ana")).toContainText("Ana");
});

test("without a network another room says so, and comes by itself", async ({ person, bot, network }) => {
  const ben = await bot("Ben");
  await ben.createRoom("Second");
  await ben.say("second", "here all along");
  const ana = await person("Ana", { baseURL: network.url });
  ana.problems.expect(UNREACHABLE);
  await ana.openRoom("general");
  await expect(ana.rooms.getByRole("link", { name: /Second/ })).toBeVisible();
  network.cut();
  await ana.rooms.getByRole("link", { name: /Second/ }).click();
  await expect(ana.page.getByRole("heading", { name: "You are offline" })).toBeVisible();
  network.mend();
  await expect(ana.message("here all along")).toHaveCount(1);
  await ana.isLive();
});

test("a room whose reader could not be recognised comes by itself", async ({ person, bot, server }) => {
  await (await bot("Ben")).say("general", "here all along");
  const ana = await person("Ana");
  // The page of nobody fits nobody.
  ana.problems.expect(/\b503\b/, /\b409\b/);
  server.sql("ALTER TABLE sessions RENAME TO unreadable");
  await ana.page.goto("/rooms/general");
  await expect(ana.page.getByRole("heading", { name: "This room cannot be read just now" })).toBeVisible();
  server.sql("ALTER TABLE unreadable RENAME TO sessions");
  await expect(ana.message("here all along")).toHaveCount(1);
  await ana.isLive();
});

test("what was written for a room that restored data do not have goes to no other room", async ({ person, server }) => {
  const ana = await person("Ana");
  ana.problems.expect(UNREACHABLE, /\b404\b/);
  const restore = server.backUp();
  await ana.createRoom("Plans");
  await ana.page.waitForURL("**/rooms/plans");
  await ana.isLive();
  const tab = await ana.newTab();
  await tab.openRoom("general");
  await server.stop();
  await ana.say("for plans only");
  await ana.composer.fill("begun in plans");
  await tab.say("for everybody");
  restore();
  await server.start();
  await expect(ana.page.getByRole("heading", { name: "No such room" })).toBeVisible();

  const ben = await person("Ben");
  await ben.openRoom("general");
  await expect(ben.message("for everybody")).toHaveCount(1);
  // Or it would be the one to take over what is unsent.
  await tab.page.close();
  // It gets the number that the other one had.
  await ben.createRoom("Lunch");
  await ben.page.waitForURL("**/rooms/lunch");
  await ana.openRoom("lunch");
  await expect(ana.composer).toHaveValue("");
  const refused = ana.message("for plans only");
  await expect(refused).toContainText("The room “plans” does not exist.");
  await refused.getByRole("button", { name: "Retry" }).click();
  await expect(refused).toContainText("Not sent.");
  await refused.getByRole("button", { name: "Edit" }).click();
  await expect(ana.composer).toHaveValue("for plans only");
  await ana.composer.fill("");
  await ana.say("for lunch");
  await ben.seesInOrder(/for \w+/, ["for lunch"]);
});

test("a session that ended leads a click through the sign-in, and back", async ({ person, bot }) => {
  const ben = await bot("Ben");
  await ben.createRoom("Second");
  const ana = await person("Ana");
  ana.problems.expect(/401/);
  await ana.openRoom("general");
  await ana.context.clearCookies();
  await ana.rooms.getByRole("link", { name: /Second/ }).click();
  await ana.page.waitForURL("**/login?next=%2Frooms%2Fsecond");
  await ana.page.getByRole("textbox", { name: "Your name" }).fill("Anna");
  await ana.page.keyboard.press("Enter");
  await ana.page.waitForURL("**/rooms/second");
});
