import { expect, test } from "../support/test";

const numbered = (count: number) => Array.from({ length: count }, (_, n) => `message ${n + 1}.`);

test("what was said is there after a reload and after the server was restarted or killed", async ({ person, server }) => {
  const ana = await person("Ana");
  await ana.openRoom("general");
  await ana.say("Remember this");
  await expect(ana.message("Remember this")).toHaveCount(1);

  await ana.page.reload();
  await expect(ana.message("Remember this")).toHaveCount(1);
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    await ana.page.goto("about:blank");
    const code = await server.stop(signal);
    expect(code).toBe(signal === "SIGTERM" ? 0 : null);
    await server.start();
    await ana.openRoom("general");
    await expect(ana.message("Remember this")).toHaveCount(1);
  }
});

test("a room opens at its end, with the last 50 messages in the page itself", async ({ person, bot }) => {
  const ana = await person("Ana", { javaScriptEnabled: false });
  await (await bot("Ben")).sayAll("general", numbered(60));
  await ana.page.goto("/rooms/general");

  await ana.seesInOrder(/message \d+\./, numbered(60).slice(10));
  await expect(ana.message("message 60.")).toBeVisible();
});

test("scrolling up loads older messages without a jump", { tag: "@core" }, async ({ person, bot }) => {
  await (await bot("Ben")).sayAll("general", numbered(170));
  const ana = await person("Ana");
  await ana.openRoom("general");
  await expect(ana.message("message 170.")).toBeInViewport();

  let loaded = await ana.messages.count();
  while ((await ana.message("message 1.").count()) === 0) {
    const jump = await ana.log.evaluate(jumpWhileLoading);
    expect(jump, `pixels the reader's place moved when more than ${loaded} messages were loaded`).toBeLessThanOrEqual(2);
    loaded = await ana.messages.count();
  }
  await ana.seesInOrder(/message \d+\./, numbered(170));
});

/** Scrolls to the oldest message, and returns how far the text moved in any frame until older ones stood above it. */
async function jumpWhileLoading(log: Element): Promise<number> {
  const oldest = () => log.querySelector("article")?.textContent;
  const oldestBefore = oldest();
  log.scrollBy({ top: -log.scrollHeight, behavior: "instant" });
  const middle = log.getBoundingClientRect().top + log.clientHeight / 2;
  const anchor = [...log.querySelectorAll("article")].find((message) => message.getBoundingClientRect().top > middle);
  if (!anchor) {
    throw new Error("the log is too short to scroll");
  }
  const before = anchor.getBoundingClientRect().top;
  let jump = 0;
  for (let framesAfter = 0; framesAfter < 10; framesAfter += oldest() === oldestBefore ? 0 : 1) {
    await new Promise(requestAnimationFrame);
    jump = Math.max(jump, Math.abs(anchor.getBoundingClientRect().top - before));
  }
  return jump;
}

test("a reader who scrolled up stays there when somebody speaks, and can jump to the latest", async ({ person, bot }) => {
  const ben = await bot("Ben");
  await ben.sayAll("general", numbered(60));
  const ana = await person("Ana");
  await ana.openRoom("general");
  await ana.message("message 30.").scrollIntoViewIfNeeded();
  await expect(ana.message("message 60.")).not.toBeInViewport();

  const place = () => ana.message("message 30.").evaluate((message) => message.getBoundingClientRect().top);
  const before = await place();
  await ben.sayAll("general", ["more", "and\nmore", "news"]);
  await expect(ana.message("news")).toHaveCount(1);
  await expect(ana.page.getByRole("button", { name: /3 new/ })).toBeVisible();
  expect(Math.abs((await place()) - before), "moved by so many pixels").toBeLessThanOrEqual(1);
  await expect(ana.message("news")).not.toBeInViewport();
  await ana.page.getByRole("button", { name: /latest/i }).click();
  await expect(ana.message("news")).toBeInViewport();
});
