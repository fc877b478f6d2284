import { expect, type Person, test } from "../support/test";

const TOWER = `top${"\n".repeat(2_000)}bottom`;
const ZALGO = [..."he comes"].map((letter) => letter + "\u0321\u0337\u035b\u0301".repeat(15)).join("");

const height = (someone: Person, text: string) => someone.message(text).evaluate((message) => message.clientHeight);

test("a very tall text is folded, and opens", async ({ person, bot }) => {
  await (await bot("Ben")).sayAll("general", ["before", TOWER, "after"]);
  const ana = await person("Ana");
  await ana.openRoom("general");
  await expect(ana.message("before")).toBeInViewport();
  expect(await height(ana, "bottom")).toBeLessThan(600);

  await ana.page.getByRole("button", { name: "Show more" }).click();
  await expect(ana.page.getByRole("button", { name: "Show less" })).toHaveAttribute("aria-expanded", "true");
  expect(await height(ana, "bottom")).toBeGreaterThan(10_000);
});

test("a very tall text opens where it stands, and folds again", async ({ person, bot }) => {
  // Enough above it to stay there: what fits the window as a whole stands at its lower end.
  const before = Array.from({ length: 40 }, (_, n) => `before ${n + 1}.`);
  await (await bot("Ben")).sayAll("general", [...before, TOWER, "after"]);
  const ana = await person("Ana");
  await ana.openRoom("general");
  const top = () => ana.message("bottom").evaluate((message) => Math.round(message.getBoundingClientRect().top));
  const folded = await top();
  await ana.page.getByRole("button", { name: "Show more" }).click();
  await expect.poll(() => height(ana, "bottom")).toBeGreaterThan(10_000);
  expect(Math.abs((await top()) - folded)).toBeLessThanOrEqual(1);
  await ana.page.getByRole("button", { name: "Show less" }).click();
  await expect.poll(() => height(ana, "bottom")).toBeLessThan(600);
  await expect(ana.message("bottom")).toBeInViewport();
});

test("without a script nothing is folded that could not be opened", async ({ person, bot }) => {
  await (await bot("Ben")).say("general", TOWER);
  const ana = await person("Ana", { javaScriptEnabled: false });
  await ana.page.goto("/rooms/general");
  await expect(ana.page.getByRole("button", { name: "Show more" })).toHaveCount(0);
  const box = await ana.message("bottom").boundingBox();
  expect(box?.height).toBeGreaterThan(10_000);
});

test("marks piled onto letters paint over no neighbour", async ({ person, bot }) => {
  await (await bot("Ben")).sayAll("general", ["neighbour above", ZALGO, "neighbour below"]);
  const ana = await person("Ana");
  await ana.openRoom("general");
  const [above, marked, below] = await Promise.all([0, 1, 2].map((at) => ana.messages.nth(at).boundingBox()));
  // Only the marks are painted, on bare paper: nothing else can differ between two pictures.
  await ana.page.evaluate(async () => {
    await document.fonts.ready;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`
      * { visibility: hidden !important; background: none !important; animation: none !important; transition: none !important }
      html:not(.without-marks) article:nth-of-type(2) .message-text { visibility: visible !important }`);
    document.adoptedStyleSheets.push(sheet);
  });
  const look = async () => {
    const pictures: Buffer[] = [];
    for (const clip of [above, marked, below]) {
      pictures.push(clip ? await ana.page.screenshot({ clip }) : Buffer.of());
    }
    return pictures.map((picture) => picture.toString("base64"));
  };
  const [aboveWith, markedWith, belowWith] = await look();
  await ana.page.evaluate(() => document.documentElement.classList.add("without-marks"));
  const [aboveWithout, markedWithout, belowWithout] = await look();
  expect(markedWith, "the marks are painted").not.toBe(markedWithout);
  expect(aboveWith === aboveWithout, "the neighbour above is left alone").toBe(true);
  expect(belowWith === belowWithout, "the neighbour below is left alone").toBe(true);
});

test("each line of a message takes its own direction", async ({ person, bot }) => {
  await (await bot("Ben")).say("general", "שלום עולם\nand English\nמחר");
  const ana = await person("Ana");
  await ana.openRoom("general");
  const lines = await ana.message("and English").locator(".message-text").evaluate((text) => {
    const box = text.getBoundingClientRect();
    const node = document.createTreeWalker(text, NodeFilter.SHOW_TEXT).nextNode() as Text;
    const starts = [0, node.data.indexOf("and"), node.data.lastIndexOf("\n") + 1];
    return starts.map((start) => {
      const range = document.createRange();
      range.setStart(node, start);
      range.setEnd(node, start + 1);
      const first = range.getBoundingClientRect();
      return first.right > box.left + box.width / 2 ? "from the right" : "from the left";
    });
  });
  expect(lines).toEqual(["from the right", "from the left", "from the right"]);
});

test("the placeholder of a long room name is one line", async ({ person }) => {
  const ana = await person("Ana", { viewport: { width: 390, height: 844 } });
  await ana.createRoom("Wide ".repeat(9).trim());
  await expect(ana.composer).toBeVisible();
  const lineHeight = await ana.composer.evaluate((field) => Number.parseFloat(getComputedStyle(field).lineHeight));
  const { height } = (await ana.composer.boundingBox()) ?? { height: 0 };
  expect(height).toBeLessThan(2 * lineHeight + 16);
});

/** What Ctrl and C put on the clipboard after everything from one text to another was selected. */
async function copies(someone: Person, from: string, to: string): Promise<string> {
  return someone.page.evaluate(
    ([from, to]) => {
      const text = (what: string) =>
        [...document.querySelectorAll(".message-text")].find((element) => element.textContent?.includes(what))?.firstChild as Text;
      const [first, last] = [text(from ?? ""), text(to ?? "")];
      getSelection()?.setBaseAndExtent(first, first.data.indexOf(from ?? ""), last, last.data.indexOf(to ?? "") + (to ?? "").length);
      const data = new DataTransfer();
      const event = new ClipboardEvent("copy", { clipboardData: data, bubbles: true, cancelable: true });
      first.parentElement?.dispatchEvent(event);
      return event.defaultPrevented ? data.getData("text/plain") : String(getSelection());
    },
    [from, to],
  );
}

test("several messages are copied as lines of who said what and when, one message as its text", async ({ person, bot }) => {
  const ben = await bot("Ben");
  await ben.sayAll("general", ["one", "two\nlines", "three of them"]);
  const ana = await person("Ana");
  await ana.openRoom("general");
  const time = String.raw`\[\d{1,2}:\d\d( [AP]M)?\]`;
  expect(await copies(ana, "one", "three")).toMatch(
    new RegExp(`^${time} Ben: one\n${time} Ben: two\nlines\n${time} Ben: three$`),
  );
  expect(await copies(ana, "three", "of")).toBe("three of");
});

test("without the script copied messages hold no hidden times", async ({ person, bot }) => {
  await (await bot("Ben")).sayAll("general", ["one", "two", "three"]);
  const ana = await person("Ana");
  await ana.context.route(/\.(js|wasm)$/, (route) => route.abort("blockedbyclient"));
  ana.problems.expect(/ERR_BLOCKED_BY_CLIENT|Failed to fetch dynamically imported module/);
  await ana.page.goto("/rooms/general");
  const selected = await ana.page.evaluate(() => {
    const texts = document.querySelectorAll(".message-text");
    getSelection()?.setBaseAndExtent(texts[0] as Node, 0, texts[2] as Node, 1);
    return String(getSelection());
  });
  expect(selected.split(/\s+/)).toEqual(["one", "two", "three"]);
});

test("a printed room shows all that is on the page", async ({ person, bot }) => {
  await (await bot("Ben")).sayAll("general", [...Array.from({ length: 49 }, (_, n) => `message ${n + 1}.`), TOWER.slice(0, 60)]);
  const ana = await person("Ana");
  await ana.openRoom("general");
  await ana.page.emulateMedia({ media: "print" });
  const cut = await ana.page.evaluate(() =>
    [...document.querySelectorAll("article")].filter((article) => {
      let parent = article.parentElement;
      while (parent && getComputedStyle(parent).overflowY === "visible") {
        parent = parent.parentElement;
      }
      return parent && parent !== document.documentElement && parent !== document.body;
    }).length,
  );
  expect(cut).toBe(0);
  expect(await ana.page.evaluate(() => document.documentElement.scrollHeight)).toBeGreaterThan(49 * 24);
  const pdf = await ana.page.pdf({ format: "A4" });
  expect(pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length).toBeGreaterThan(1);
});

test("on a device with both a touch screen and a keyboard Control or Command with Enter sends", async ({ person }) => {
  const ana = await person("Ana", { hasTouch: true, isMobile: true });
  await ana.openRoom("general");
  for (const key of ["Control+Enter", "Meta+Enter"]) {
    await ana.composer.fill(`with ${key}`);
    await ana.composer.press(key);
    await expect(ana.message(`with ${key}`)).toHaveCount(1);
    await expect(ana.composer).toHaveValue("");
  }
});

test("buttons keep an edge where the system's colours leave them no background", async ({ person }) => {
  const ana = await person("Ana", { forcedColors: "active" });
  await ana.openRoom("general");
  expect(await ana.page.evaluate(() => matchMedia("(forced-colors: active)").matches)).toBe(true);
  for (const button of await ana.page.locator("button.button:visible").all()) {
    const edge = await button.evaluate((button) => {
      const { borderTopWidth, borderTopStyle, borderTopColor, backgroundColor } = getComputedStyle(button);
      return { width: Number.parseFloat(borderTopWidth), borderTopStyle, isSeen: borderTopColor !== backgroundColor };
    });
    expect(edge).toEqual({ width: expect.any(Number), borderTopStyle: "solid", isSeen: true });
    expect(edge.width).toBeGreaterThan(0);
  }
});

test("an avatar shows whole letters", async ({ person, bot }) => {
  await (await bot("कि रण")).say("general", "नमस्ते");
  const ana = await person("Ana");
  await ana.openRoom("general");
  await expect(ana.messages.first().locator(".avatar")).toHaveAttribute("data-initials", "किर");
  await (await bot("दीपा")).say("general", "हाँ");
  await expect(ana.message("हाँ").locator(".avatar")).toHaveAttribute("data-initials", "दी");
});
