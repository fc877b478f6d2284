import { expect, test } from "../support/test";

test("two people talk both ways", { tag: "@core" }, async ({ person }) => {
  const [ana, ben] = [await person("Ana"), await person("Ben")];
  await ana.openRoom("general");
  await ben.openRoom("general");

  await ana.say("Hello Ben");
  await expect(ben.message("Hello Ben")).toContainText("Ana");
  await ben.say("Hello Ana");
  await expect(ana.message("Hello Ana")).toContainText("Ben");
  await expect(ana.messages).toHaveCount(2);
  await expect(ben.messages).toHaveCount(2);
});

test("the button sends as the Enter key does, and the field is empty afterwards", async ({ person }) => {
  const ana = await person("Ana");
  await ana.openRoom("general");
  await ana.sayWithButton("with the button");

  await expect(ana.message("with the button")).toHaveCount(1);
  await expect(ana.composer).toHaveValue("");
});

test("Shift and Enter break the line instead of sending", async ({ person }) => {
  const ana = await person("Ana");
  await ana.openRoom("general");
  await ana.composer.pressSequentially("one");
  await ana.composer.press("Shift+Enter");
  await ana.composer.pressSequentially("two");
  await ana.composer.press("Enter");

  await expect(ana.messages).toHaveCount(1);
  expect(await ana.messages.innerText()).toMatch(/one\ntwo/);
});

test("an empty message is not sent", async ({ person }) => {
  const ana = await person("Ana");
  await ana.openRoom("general");
  await ana.say("   ");
  await ana.say("after it");

  await expect(ana.message("after it")).toHaveCount(1);
  await expect(ana.messages).toHaveCount(1);
});

test("three people who talk at once see the same order", async ({ person }) => {
  const people = [await person("Ana"), await person("Ben"), await person("Caro")];
  for (const someone of people) {
    await someone.openRoom("general");
  }
  await Promise.all(
    people.map(async (someone) => {
      for (let n = 1; n <= 8; n++) {
        await someone.say(`${someone.name} says ${n}.`);
      }
    }),
  );

  const orders = [];
  for (const someone of people) {
    await expect(someone.messages).toHaveCount(24);
    const said = (await someone.messages.allInnerTexts()).map((text) => /\w+ says \d\./.exec(text)?.[0]);
    expect(new Set(said).size).toBe(24);
    orders.push(said);
  }
  expect(orders[1]).toEqual(orders[0]);
  expect(orders[2]).toEqual(orders[0]);
});

const LONG_WORD = "Donaudampfschifffahrtsgesellschaft".repeat(40);

for (const [what, text] of [
  ["markup", `<script>document.title = "owned"</script><img src=x onerror="document.title='owned'">`],
  ["an emoji beyond the first plane", "🦀🏴‍☠️ 𝕳𝖚𝖇𝖇𝖚𝖇"],
  ["right-to-left text", "שלום, world! مرحبا"],
  ["a very long word", LONG_WORD],
] as const) {
  for (const viewport of [
    { width: 1280, height: 800 },
    { width: 390, height: 844 },
  ]) {
    test(`${what} is shown as text within a width of ${viewport.width}`, async ({ person }) => {
      const [ana, ben] = [await person("Ana"), await person("Ben", { viewport })];
      await ana.openRoom("general");
      await ben.page.goto("/rooms/general");
      await ana.say(text);
      await expect(ben.message(text)).toHaveCount(1);
      await ben.page.reload();
      await expect(ben.message(text)).toHaveCount(1);

      await expect(ben.page).not.toHaveTitle("owned");
      const overflowing = await ben.page.evaluate(() =>
        [document.documentElement, ...document.querySelectorAll("[role=log], [role=log] *")]
          .filter((element) => element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0)
          .filter((element) => getComputedStyle(element).display !== "inline")
          .map((element) => element.outerHTML.slice(0, 80)),
      );
      expect(overflowing).toEqual([]);
    });
  }
}
