import { chromium } from "@playwright/test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromiumLaunch } from "../support/browser";
import { Person } from "../support/person";
import { Problems, UNREACHABLE } from "../support/problems";
import { expect, test } from "../support/test";

const WRITTEN = ["one", "two", "three"];
const ANY = /one|two|three|after the outbox/;

/** Writes to a server that is not there. */
async function writeUnsent(someone: Person): Promise<void> {
  for (const text of WRITTEN) {
    await someone.say(text);
  }
  await expect(someone.messages).toHaveCount(3);
}

test("unsent messages outlive a restart of the browser, and are sent in order", async ({ server, bot }) => {
  const profile = await mkdtemp(join(tmpdir(), "hubbub-browser-"));
  const launch = async (): Promise<Person> => {
    const context = await chromium.launchPersistentContext(profile, { ...chromiumLaunch, baseURL: server.url });
    return new Person(context.pages()[0] ?? (await context.newPage()), new Problems(context, server.url), "Ana");
  };
  try {
    const before = await launch();
    await before.signIn();
    await before.page.waitForURL("**/rooms");
    await before.openRoom("general");
    await server.stop();
    await writeUnsent(before);
    await before.context.close();

    await server.start();
    const after = await launch();
    await after.openRoom("general");
    await expect(after.messages).toHaveCount(3);
    await after.hasSentAll();
    const ben = await bot("Ben");
    await ben.say("general", "after the outbox");
    await after.seesInOrder(ANY, [...WRITTEN, "after the outbox"]);
    await after.context.close();
  } finally {
    await rm(profile, { recursive: true });
  }
});

test("what a closed tab left is sent by the next one, wherever it opens", async ({ person, server }) => {
  const [ana, ben] = [await person("Ana"), await person("Ben")];
  for (const someone of [ana, ben]) {
    someone.problems.expect(UNREACHABLE);
    await someone.openRoom("general");
  }
  const next = await ana.newTab();
  await server.stop();
  await writeUnsent(ana);
  await ana.page.close();

  await server.start();
  await next.page.goto("/rooms");
  await ben.seesInOrder(ANY, WRITTEN);
});

test("a bar counts what is not sent yet, for as long as it is not", async ({ person, server }) => {
  const ana = await person("Ana");
  ana.problems.expect(UNREACHABLE);
  await ana.openRoom("general");
  await server.stop();
  await ana.say("one");
  await expect(ana.page.getByText("1 message not sent yet")).toBeVisible();
  await ana.say("two");
  await expect(ana.page.getByText("2 messages not sent yet")).toBeVisible();

  await server.start();
  await expect(ana.page.getByText(/not sent yet/)).toHaveCount(0);
  await expect(ana.message("two")).toHaveCount(1);
});

test("a refused message can be retried or discarded, and holds up nothing", async ({ person }) => {
  const [ana, ben] = [await person("Ana"), await person("Ben")];
  await ana.openRoom("general");
  await ben.openRoom("general");
  // A character that shows nothing: only the server knows that this is no message.
  await ana.say("\u200b");
  const refused = ana.messages.filter({ hasText: "Not sent." });
  await expect(refused).toHaveCount(1);
  await expect(ana.page.getByText("1 message not sent yet")).toBeVisible();

  await ana.say("two");
  await expect(ben.message("two")).toHaveCount(1);
  await refused.getByRole("button", { name: "Retry" }).click();
  await expect(refused).toHaveCount(1);

  await refused.getByRole("button", { name: "Discard" }).click();
  await expect(refused).toHaveCount(0);
  await expect(ana.page.getByText(/not sent yet/)).toHaveCount(0);
  await ana.page.reload();
  await ana.isLive();
  await expect(ana.messages).toHaveCount(1);
  await expect(ben.messages).toHaveCount(1);
});
