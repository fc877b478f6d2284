import { expect, type Person, test } from "../support/test";

const numbered = (count: number) => Array.from({ length: count }, (_, n) => `message ${n + 1}. https://example.com/${n + 1}`);

/** Notes every message that leaves the log from now on. */
async function watchRemovals(someone: Person): Promise<() => Promise<string[]>> {
  await someone.log.evaluate((log) => {
    const removed: string[] = [];
    Object.assign(window, { removed });
    new MutationObserver((records) => {
      for (const node of records.flatMap(({ removedNodes }) => [...removedNodes])) {
        if (node instanceof Element && node.matches("article")) {
          removed.push(node.textContent ?? "");
        }
      }
    }).observe(log, { childList: true, subtree: true });
  });
  return () => someone.page.evaluate(() => (window as unknown as { removed: string[] }).removed);
}

test("older history takes neither the focus nor the selection, and draws no row anew", async ({ person, bot }) => {
  await (await bot("Ben")).sayAll("general", numbered(160));
  const ana = await person("Ana");
  await ana.openRoom("general");
  const removed = await watchRemovals(ana);

  const oldest = ana.messages.first().getByRole("link");
  const address = await oldest.getAttribute("href");
  await oldest.evaluate((link) => {
    link.focus();
    getSelection()?.selectAllChildren(link);
  });
  await expect(ana.message("message 1. ")).toHaveCount(1);

  await expect(ana.page.locator(":focus")).toHaveAttribute("href", address ?? "");
  expect(await ana.page.evaluate(() => String(getSelection()))).toBe(address);
  expect(await removed()).toEqual([]);
});

test("a new message adds a row and draws no other anew", async ({ person, bot }) => {
  const ben = await bot("Ben");
  await ben.sayAll("general", numbered(20));
  const ana = await person("Ana");
  await ana.openRoom("general");
  const removed = await watchRemovals(ana);

  await ben.say("general", "one more");
  await expect(ana.message("one more")).toHaveCount(1);
  expect(await removed()).toEqual([]);
});

test("a row that no longer begins a run stays the same row", async ({ person, bot }) => {
  await (await bot("Ben")).sayAll("general", numbered(70));
  const ana = await person("Ana");
  await ana.openRoom("general");
  const oldest = await ana.messages.first().elementHandle();
  const shows = () => oldest?.evaluate((article) => article.querySelector<HTMLElement>(".message-author")?.offsetWidth ?? 0);
  const isFirst = () => oldest?.evaluate((article) => article.classList.contains("message-first"));
  expect(await isFirst()).toBe(true);
  expect(await shows()).toBeGreaterThan(0);

  await ana.messages.first().scrollIntoViewIfNeeded();
  await expect(ana.message("message 1. ")).toHaveCount(1);
  await expect.poll(isFirst).toBe(false);
  expect(await oldest?.evaluate((article) => article.isConnected)).toBe(true);
});

test("in a long run there is a name on every screen of a phone", async ({ person, bot }) => {
  await (await bot("Ben")).sayAll("general", Array.from({ length: 64 }, (_, n) => `line ${n + 1}.`));
  const ana = await person("Ana", { viewport: { width: 390, height: 844 } });
  await ana.page.goto("/rooms/general");
  const namesInView = () =>
    ana.log.evaluate((log) => {
      const view = log.getBoundingClientRect();
      return [...log.querySelectorAll(".message-first .message-author")].filter((name) => {
        const { top, bottom } = name.getBoundingClientRect();
        return top >= view.top && bottom <= view.bottom;
      }).length;
    });
  for (let screen = 0; screen < 3; screen++) {
    expect(await namesInView()).toBeGreaterThan(0);
    await ana.log.evaluate((log) => log.scrollBy({ top: -log.clientHeight / 2, behavior: "instant" }));
  }
});

test("rows that are gone leave nothing behind", async ({ person }) => {
  // A development build draws them slowly.
  test.slow();
  // The policy is for the page; the test asks its script for the size of its memory.
  const ana = await person("Ana", { bypassCSP: true });
  const send = await ana.sendsToPage();
  await ana.openRoom("general");
  const memory = () =>
    ana.page.evaluate(async () => {
      const script = performance.getEntriesByType("resource").find(({ name }) => /\/pkg\/[^/]*\.js$/.test(name));
      const exports = await (await import(script?.name ?? "")).default();
      return exports.memory.buffer.byteLength as number;
    });
  const room = Number(await ana.page.evaluate(() => JSON.parse(document.getElementById("given")?.textContent ?? "").shown.page.Room.room.id));
  // Each frame takes the place of every row there is.
  const IN_EACH = 300;
  const replaceAll = async (times: number, after: number) => {
    for (let time = 0; time < times; time += 1, after += IN_EACH) {
      const messages = Array.from({ length: IN_EACH }, (_, n) => {
        const seq = after + n + 1;
        const key = `00000000-0000-4000-8000-${String(seq).padStart(12, "0")}`;
        return { seq, changed: seq, author: { id: 99, name: "Flood" }, key, text: `drop ${seq}.`, at: Date.now() };
      });
      send(JSON.stringify({ changes: { room, after, through: after + IN_EACH, messages } }));
      await expect(ana.message(`drop ${after + IN_EACH}.`)).toHaveCount(1);
    }
    return after;
  };
  // What is kept for the reader is full by then.
  const settled = await replaceAll(10, 0);
  const before = await memory();
  await replaceAll(25, settled);
  // 7,500 rows. A hundred bytes of each would be more.
  expect((await memory()) - before).toBeLessThan(600_000);
});
