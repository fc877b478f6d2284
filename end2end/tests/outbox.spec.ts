import { chromium, type WebSocketRoute } from "@playwright/test";
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

test("what a closed tab left is sent by a tab that comes online, without a reload", async ({ person, server }) => {
  const [ana, ben] = [await person("Ana"), await person("Ben")];
  const other = await ana.newTab();
  for (const someone of [ana, ben, other]) {
    someone.problems.expect(UNREACHABLE);
    await someone.openRoom("general");
  }
  await server.stop();
  await writeUnsent(ana);
  await ana.page.close();

  await server.start();
  await ben.seesInOrder(ANY, WRITTEN);
  await other.seesInOrder(ANY, WRITTEN);
  await other.page.reload();
  await other.isLive();
  await other.hasSentAll();
  await other.seesInOrder(ANY, WRITTEN);
});

test("what two tabs write at the same time is sent by each itself, once", async ({ person }) => {
  const [ana, ben] = [await person("Ana"), await person("Ben")];
  const other = await ana.newTab();
  for (const someone of [ana, ben, other]) {
    await someone.openRoom("general");
  }
  const sent: string[] = [];
  for (const { page } of [ana, other]) {
    page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => sent.push(String(payload))));
    await page.reload();
  }
  for (const someone of [ana, other]) {
    await someone.isLive();
  }
  await Promise.all([ana.say("from the first"), other.say("from the second")]);
  await expect(ben.messages).toHaveCount(2);
  await ana.hasSentAll();
  await other.hasSentAll();
  expect(sent.filter((frame) => frame.includes('"send"'))).toHaveLength(2);
});

test("a clock that is set back does not change the order", async ({ person, server, bot }) => {
  const ana = await person("Ana");
  ana.problems.expect(UNREACHABLE);
  await ana.openRoom("general");
  await server.stop();
  await ana.say("one");
  await ana.page.evaluate(() => {
    const real = Date.now;
    Date.now = () => real() - 60 * 60 * 1_000;
  });
  await ana.say("two");
  await expect(ana.messages).toHaveCount(2);

  await ana.page.goto("about:blank");
  await server.start();
  await ana.openRoom("general");
  await ana.seesInOrder(ANY, ["one", "two"]);
  await ana.hasSentAll();
  const ben = await bot("Ben");
  await ben.say("general", "after the outbox");
  await ana.seesInOrder(ANY, ["one", "two", "after the outbox"]);
});

test("a message that waits can be discarded, and is never sent", async ({ person, server }) => {
  const [ana, ben] = [await person("Ana"), await person("Ben")];
  for (const someone of [ana, ben]) {
    someone.problems.expect(UNREACHABLE);
    await someone.openRoom("general");
  }
  await server.stop();
  await writeUnsent(ana);
  await ana.message("two").getByRole("button", { name: "Discard" }).click();
  await expect(ana.messages).toHaveCount(2);
  await expect(ana.composer).toBeFocused();

  await server.start();
  await ben.seesInOrder(ANY, ["one", "three"]);
  await ana.seesInOrder(ANY, ["one", "three"]);
});

test("thousands of characters that nobody sees cost nothing but themselves", async ({ person }) => {
  const [ana, ben] = [await person("Ana"), await person("Ben")];
  await ana.openRoom("general");
  await ben.openRoom("general");
  await ana.say(`x${"\u0001".repeat(12_000)}x`);
  await ana.say("two");
  await ben.seesInOrder(/^xx$|two/m, ["xx", "two"]);
  await ana.hasSentAll();
  await ana.say("\u17b4");
  await ana.say("three");
  await ben.seesInOrder(/^xx$|two|three/m, ["xx", "two", "three"]);
  await expect(ana.messages).toHaveCount(3);
});

type Send = { id: number; message: { text: string } };

/** Lets another server than ours answer the messages with `text` in them. Counts how often they are sent. */
async function answer(someone: Person, text: string, how: (socket: WebSocketRoute, send: Send) => void): Promise<Send[]> {
  const sent: Send[] = [];
  await someone.page.routeWebSocket("**/ws", (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((data) => {
      const { send } = JSON.parse(String(data)) as { send?: Send };
      if (send?.message.text.includes(text)) {
        sent.push(send);
        how(socket, send);
      } else {
        server.send(data);
      }
    });
  });
  return sent;
}

test("a refused message can be retried, edited or discarded, and holds up nothing", async ({ person }) => {
  const [ana, ben] = [await person("Ana"), await person("Ben")];
  const tried = await answer(ana, "one", (socket, { id }) => {
    socket.send(JSON.stringify({ error: { id, code: "not_on_a_sunday" } }));
  });
  await ana.openRoom("general");
  await ben.openRoom("general");
  await ana.say("one");
  const refused = ana.messages.filter({ hasText: "Not sent." });
  await expect(refused).toHaveCount(1);
  await expect(ana.page.getByText("1 message not sent yet")).toBeVisible();

  await ana.say("two");
  await expect(ben.message("two")).toHaveCount(1);
  expect(tried).toHaveLength(1);
  await refused.getByRole("button", { name: "Retry" }).click();
  await expect.poll(() => tried.length).toBe(2);
  await expect(refused).toHaveCount(1);

  await ana.composer.fill("begun since");
  await refused.getByRole("button", { name: "Edit" }).click();
  await expect(refused).toHaveCount(0);
  await expect(ana.composer).toHaveValue("one\nbegun since");
  await expect(ana.composer).toBeFocused();

  await ana.say("one again");
  await refused.getByRole("button", { name: "Discard" }).click();
  await expect(refused).toHaveCount(0);
  await expect(ana.page.getByText(/not sent yet/)).toHaveCount(0);
  await ana.page.reload();
  await ana.isLive();
  await expect(ana.messages).toHaveCount(1);
  await expect(ben.messages).toHaveCount(1);
});

test("what a tab that the server has stopped can send no more is sent by another one", async ({ person }) => {
  const [ana, ben] = [await person("Ana"), await person("Ben")];
  await answer(ana, "one", (socket) => void socket.close({ code: 4999 }));
  await ana.openRoom("general");
  await ben.openRoom("general");
  const other = await ana.newTab();
  await other.openRoom("general");
  await ana.say("one");
  await expect(ana.page.getByText("Disconnected. Reload the page to go on.")).toBeVisible();
  await ben.seesInOrder(ANY, ["one"]);

  await ana.say("two");
  await ben.seesInOrder(ANY, ["one", "two"]);
});

test("a message that is under way cannot be discarded, and one behind it can", async ({ person }) => {
  const ana = await person("Ana");
  await answer(ana, "one", () => {});
  await ana.openRoom("general");
  await ana.say("one");
  await ana.say("two");
  await expect(ana.message("two").getByRole("button", { name: "Discard" })).toBeVisible();
  await expect(ana.message("one").getByRole("button", { name: "Discard" })).toHaveCount(0);
});

for (const code of [1002, 1003, 1007, 1009]) {
  test(`a message that closes the socket with ${code} is refused, and the next one goes out`, async ({ person }) => {
    const [ana, ben] = [await person("Ana"), await person("Ben")];
    const tried = await answer(ana, "one", (socket) => void socket.close({ code }));
    await ana.openRoom("general");
    await ben.openRoom("general");
    await ana.say("one");
    await ana.say("two");
    await ben.seesInOrder(ANY, ["two"]);
    const refused = ana.messages.filter({ hasText: "Not sent." });
    await expect(refused).toHaveCount(1);
    await expect(refused.getByRole("button")).toHaveText(["Retry", "Edit", "Discard"]);
    expect(tried).toHaveLength(1);
  });
}
