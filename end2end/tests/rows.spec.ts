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
