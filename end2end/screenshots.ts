// Takes pictures of the real app with people in it. `scripts/screenshots` runs this.

import { join } from "node:path";
import { type Bot } from "./support/bot";
import { expect, test } from "./support/test";

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

const CONVERSATION: readonly [who: string, text: string][] = [
  ["Priya", "The new coffee grinder is here ☕"],
  ["Tomás", "Finally. Is it the quiet one?"],
  ["Priya", "Quieter than the printer, at least."],
  ["Mina", "Release notes for 2.4 are ready for a look:\nhttps://example.com/notes/2.4"],
  ["Mina", "Two open questions at the end, the rest is done."],
  ["Jonas", "Reading. I would move the upgrade steps to the top, people stop after the first screen."],
  ["Mina", "Good point, done."],
  ["Tomás", "Who is in for lunch tomorrow? The noodle place has the spicy ones back."],
  ["Priya", "Me!"],
  ["Jonas", "Me too, if the tests are green by then 🤞"],
];

const ELSEWHERE: readonly [room: string, who: string, text: string][] = [
  ["Design", "Mina", "The warmer paper tone it is."],
  ["Support", "Jonas", "All tickets of the week are answered."],
  ["Random", "Priya", "A heron is standing on our roof."],
];

/** Fills a server with a small company on an ordinary day. */
async function stage(bot: (name: string) => Promise<Bot>): Promise<void> {
  const bots = new Map<string, Bot>();
  for (const name of ["Priya", "Tomás", "Mina", "Jonas"]) {
    const someone = await bot(name);
    await someone.openRoom("general");
    bots.set(name, someone);
  }
  for (const [room, who, text] of ELSEWHERE) {
    await bots.get(who)?.createRoom(room);
    await bots.get(who)?.openRoom(room.toLowerCase());
    await bots.get(who)?.say(room.toLowerCase(), text);
  }
  for (const [who, text] of CONVERSATION) {
    await bots.get(who)?.say("general", text);
  }
}

test("docs/screenshot.png", async ({ bot, person }) => {
  await stage(bot);
  const ana = await person("Ana", { viewport: DESKTOP, colorScheme: "light" });
  await ana.openRoom("general");
  await ana.say("Count me in for lunch. And 2.4 looks great!");
  await expect(ana.message("Count me in")).toHaveCount(1);
  await expect(ana.hereNow).toHaveCount(5);
  await ana.page.screenshot({ path: "../docs/screenshot.png" });
});

const folder = process.env.HUBBUB_SCREENS;

for (const [device, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`every screen, ${device}, ${colorScheme}`, async ({ bot, visitor }) => {
      test.skip(!folder, "only with --all");
      const ana = await visitor("Ana", { viewport, colorScheme, hasTouch: device === "phone" });
      const shoot = (screen: string) =>
        ana.page.screenshot({ path: join(folder ?? "", `${screen}-${device}-${colorScheme}.png`) });

      await ana.page.goto("/login");
      await shoot("login");
      await ana.signIn();
      await ana.page.waitForURL("**/rooms");
      await ana.openRoom("general");
      await shoot("room-empty");
      await stage(bot);
      await ana.sayWithButton("Count me in for lunch. And 2.4 looks great!");
      await expect(ana.message("Count me in")).toHaveCount(1);
      await expect(ana.hereNow).toHaveCount(5);
      // The list of rooms is told at most twice a second; a phone keeps it out of sight.
      await expect(ana.page.getByRole("link", { name: "Random", includeHidden: true })).toHaveCount(1);
      await shoot("room");
      await ana.page.goto("/rooms");
      await expect(ana.rooms.getByRole("link")).toHaveCount(4);
      await shoot("rooms");
      ana.problems.expect(/\b404\b/);
      await ana.page.goto("/rooms/no-such-room");
      await shoot("not-found");
      const other = await visitor("Mina", { viewport, colorScheme });
      other.problems.expect(/\b409\b/);
      await other.signIn();
      await expect(other.page.getByRole("alert")).toBeVisible();
      await other.page.screenshot({ path: join(folder ?? "", `name-taken-${device}-${colorScheme}.png`) });
    });
  }
}
