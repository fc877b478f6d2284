import { UNREACHABLE } from "../support/problems";
import { expect, type Person, test } from "../support/test";

const numbered = (count: number) => Array.from({ length: count }, (_, n) => `message ${n + 1}.`);

/** The first message in view, and where its upper edge is. */
const place = (someone: Person) =>
  someone.log.evaluate((log) => {
    const top = log.getBoundingClientRect().top;
    const first = [...log.querySelectorAll("article")].find((article) => article.getBoundingClientRect().bottom > top);
    return { row: first?.getAttribute("data-seq"), top: Math.round((first?.getBoundingClientRect().top ?? 0) - top) };
  });

/** Reads back until this message is in the middle of the view. */
async function readBackTo(someone: Person, text: string): Promise<void> {
  await expect(async () => {
    await someone.messages.first().evaluate((message) => message.scrollIntoView());
    await expect(someone.message(text)).toHaveCount(1, { timeout: 200 });
  }).toPass();
  await someone.message(text).evaluate((message) => message.scrollIntoView({ block: "center" }));
  await expect(someone.message(text)).toBeInViewport();
}

test("who goes to another room and back is where they were, by the browser's buttons and by links", async ({ person, bot }) => {
  const ben = await bot("Ben");
  await ben.sayAll("general", numbered(160));
  await ben.createRoom("Elsewhere");
  const ana = await person("Ana");
  await ana.openRoom("general");
  await readBackTo(ana, "message 40.");
  const before = await place(ana);
  const heading = (name: string) => ana.page.getByRole("heading", { level: 1, name });

  await ana.rooms.getByRole("link", { name: /^Elsewhere/ }).click();
  await expect(heading("Elsewhere")).toBeVisible();
  await ben.say("general", "said meanwhile");
  await ana.page.goBack();
  await expect(heading("general")).toBeVisible();
  await expect.poll(() => place(ana)).toEqual(before);
  await ana.isLive();
  await expect(ana.page.getByRole("button", { name: /latest · 1 new/ })).toBeVisible();
  expect(await place(ana)).toEqual(before);

  await ana.page.goForward();
  await expect(heading("Elsewhere")).toBeVisible();
  await ana.page.locator(".sidebar-brand").click();
  await expect(heading("Rooms")).toBeVisible();
  await ana.rooms.getByRole("link", { name: /^general/ }).click();
  await expect(heading("general")).toBeVisible();
  await expect.poll(() => place(ana)).toEqual(before);
});

test("who was at the end of a room comes back to its end", async ({ person, bot }) => {
  const ben = await bot("Ben");
  await ben.sayAll("general", numbered(60));
  await ben.createRoom("Elsewhere");
  const ana = await person("Ana");
  await ana.openRoom("general");
  await ana.rooms.getByRole("link", { name: /^Elsewhere/ }).click();
  await expect(ana.page.getByRole("heading", { level: 1, name: "Elsewhere" })).toBeVisible();
  await ben.say("general", "the latest");
  await ana.page.goBack();
  await expect(ana.message("the latest")).toBeInViewport();
});

test("the End key leads to the latest message with one press, from however far up", async ({ person, bot }) => {
  await (await bot("Ben")).sayAll("general", numbered(420));
  const ana = await person("Ana");
  await ana.openRoom("general");
  await readBackTo(ana, "message 1.");
  await expect(ana.message("message 420.")).toHaveCount(0);

  await ana.log.press("End");
  await expect(ana.message("message 420.")).toBeInViewport();
  await expect(ana.page.getByRole("button", { name: /latest/i })).toHaveCount(0);
});

test("a phone that is turned while older history loads keeps the first row in view", async ({ person, bot }) => {
  await (await bot("Ben")).sayAll(
    "general",
    numbered(160).map((text) => `${text} ${"and so on ".repeat(12)}`),
  );
  const ana = await person("Ana", { viewport: { width: 390, height: 844 } });
  await ana.page.goto("/rooms/general");
  await ana.isLive();
  await ana.message("message 130.").evaluate((message) => message.scrollIntoView({ block: "start" }));
  await expect(ana.message("message 130.")).toBeInViewport();
  let answer = () => {};
  const asked = new Promise<void>((isAsked) => {
    void ana.page.route("**/api/history*", async (route) => {
      isAsked();
      await new Promise<void>((go) => (answer = go));
      await route.continue();
    });
  });
  await ana.messages.first().evaluate((message) => message.scrollIntoView({ block: "start" }));
  await asked;
  /** Where the text of the first row is: its head goes when there are rows above it. */
  const top = () =>
    ana.message("message 111.").evaluate((message) => {
      const text = message.querySelector(".message-text")?.getBoundingClientRect().top ?? Number.NaN;
      return Math.round(text - (message.closest("[role=log]")?.getBoundingClientRect().top ?? 0));
    });
  const before = await top();
  expect(before).toBeGreaterThan(0);
  const hasWidth = (width: number) => expect.poll(() => ana.page.evaluate(() => innerWidth)).toBe(width);
  const isKept = () => expect.poll(async () => Math.abs((await top()) - before)).toBeLessThanOrEqual(1);

  await ana.page.setViewportSize({ width: 844, height: 390 });
  await hasWidth(844);
  await isKept();
  const count = await ana.messages.count();
  answer();
  await expect.poll(() => ana.messages.count()).toBeGreaterThan(count);
  await isKept();
  await ana.page.setViewportSize({ width: 390, height: 844 });
  await hasWidth(390);
  await isKept();
});

test("who reads far up stays there when more was missed than is caught up, and reads on from there although a page fails", async ({
  person,
  bot,
  network,
}) => {
  const ben = await bot("Ben");
  await ben.sayAll("general", numbered(160));
  const ana = await person("Ana", { baseURL: network.url });
  ana.problems.expect(UNREACHABLE, /\b503\b/);
  await ana.openRoom("general");
  await readBackTo(ana, "message 40.");
  const before = await place(ana);
  const failed = ana.page.waitForResponse((response) => response.status() === 503);
  await ana.page.route(
    /\/api\/history\?.*after=/,
    (route) => route.fulfill({ status: 503, contentType: "application/json", body: '"unavailable"' }),
    { times: 1 },
  );

  network.cut();
  await expect(ana.banner).toBeVisible();
  await ben.sayAll("general", Array.from({ length: 600 }, (_, n) => `missed ${n + 1}.`));
  network.mend();
  await expect(ana.page.getByRole("button", { name: /latest · \d+\+? new/ })).toBeVisible();
  await expect(ana.banner).toHaveCount(0);
  expect(await place(ana)).toEqual(before);

  await expect(async () => {
    await ana.messages.last().evaluate((message) => message.scrollIntoView());
    await expect(ana.message("missed 30.")).toHaveCount(1, { timeout: 200 });
  }).toPass();
  await failed;
  const texts = (await ana.messages.allInnerTexts()).map((text) => /(message|missed) \d+\./.exec(text)?.[0]);
  const at = texts.indexOf("message 160.");
  expect(texts.slice(at, at + 31)).toEqual(["message 160.", ...Array.from({ length: 30 }, (_, n) => `missed ${n + 1}.`)]);
  await ana.page.getByRole("button", { name: /latest/i }).click();
  await expect(ana.message("missed 600.")).toBeInViewport();
});

test("a flood of messages goes on being painted, and ends complete and in order", async ({ person }) => {
  // A development build needs a while to take them in.
  test.slow();
  const ana = await person("Ana");
  const send = await ana.sendsToPage();
  await ana.openRoom("general");
  await ana.say("before the flood");
  await ana.hasSentAll();
  await expect(ana.page.locator("article[data-seq]")).toHaveCount(1);

  // 50,000 messages in three seconds, in frames as a server makes them of a busy room.
  const [FRAMES, IN_EACH, EVERY_MS] = [500, 100, 6];
  const last = 1 + FRAMES * IN_EACH;
  const room = Number(await ana.page.evaluate(() => JSON.parse(document.getElementById("given")?.textContent ?? "").shown.page.Room.room.id));
  const message = (seq: number) => ({
    seq,
    changed: seq,
    author: { id: 99, name: "Flood" },
    key: `00000000-0000-4000-8000-${String(seq).padStart(12, "0")}`,
    text: `drop ${seq}.`,
    at: Date.now(),
  });
  const frames = Array.from({ length: FRAMES }, (_, n) => {
    const after = 1 + n * IN_EACH;
    const messages = Array.from({ length: IN_EACH }, (_, m) => message(after + 1 + m));
    return JSON.stringify({ changes: { room, after, through: after + IN_EACH, messages } });
  });
  const watched = ana.page.evaluate(async (last) => {
    const ends = new Set<string>();
    let [before, longest] = [performance.now(), 0];
    while (!ends.has(last)) {
      const now = await new Promise(requestAnimationFrame);
      longest = Math.max(longest, now - before);
      before = now;
      ends.add([...document.querySelectorAll("article")].at(-1)?.getAttribute("data-seq") ?? "");
    }
    return { longest, ends: ends.size };
  }, String(last));
  const start = performance.now();
  for (const [n, frame] of frames.entries()) {
    send(frame);
    await new Promise((next) => setTimeout(next, start + n * EVERY_MS - performance.now()));
  }
  const { longest, ends } = await watched;
  expect(longest, "the longest time without a picture").toBeLessThan(2_000);
  expect(ends, "pictures with another end").toBeGreaterThan(10);
  const shown = await ana.messages.evaluateAll((rows) => rows.map((row) => Number(row.getAttribute("data-seq"))));
  expect(shown).toEqual(Array.from({ length: 300 }, (_, n) => last - 299 + n));
});
