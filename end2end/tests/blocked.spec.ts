import { UNREACHABLE } from "../support/problems";
import { expect, test } from "../support/test";

test("where no WebSocket gets through, the page says so and messages go both ways all the same", async ({
  person,
  network,
  bot,
}) => {
  network.refuseUpgrades();
  const [ana, ben] = [await person("Ana", { baseURL: network.url }), await bot("Ben")];
  ana.problems.expect(UNREACHABLE);
  await ana.page.goto("/rooms/general");
  const blocked = ana.page.getByRole("status").filter({ hasText: "Live updates are blocked" });
  await expect(blocked).toBeVisible({ timeout: 20_000 });
  await expect(blocked).toHaveText("Live updates are blocked");

  await ana.say("one");
  await ana.say("two");
  await ana.hasSentAll();
  await ana.seesInOrder(/one|two/, ["one", "two"]);
  await ben.say("general", "heard");
  await ana.seesInOrder(/one|two|heard/, ["one", "two", "heard"]);
  await ben.createRoom("Unheard of");
  await expect(ana.rooms.getByRole("link", { name: /^Unheard of/ })).toBeVisible();
});

test("messages written on the socket are not doubled when they go over HTTP, and the socket takes over again", async ({
  person,
  network,
}) => {
  const [ana, ben] = [await person("Ana", { baseURL: network.url }), await person("Ben")];
  ana.problems.expect(UNREACHABLE);
  await ana.openRoom("general");
  await ben.openRoom("general");
  await ana.say("one");
  await expect(ben.message("one")).toHaveCount(1);

  network.refuseUpgrades();
  await ana.say("two");
  await expect(ana.page.getByText("Live updates are blocked")).toBeVisible({ timeout: 20_000 });
  await ana.say("three");
  await ben.seesInOrder(/one|two|three/, ["one", "two", "three"]);
  await ana.seesInOrder(/one|two|three/, ["one", "two", "three"]);

  network.mend();
  await expect(ana.page.getByText("Live updates are blocked")).toHaveCount(0, { timeout: 20_000 });
  await ana.say("four");
  await ben.seesInOrder(/one|two|three|four/, ["one", "two", "three", "four"]);
  await ana.seesInOrder(/one|two|three|four/, ["one", "two", "three", "four"]);
});
