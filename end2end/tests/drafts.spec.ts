import { expect, test } from "../support/test";

test("a draft is seen in every tab, and gone from all when it is sent in one", async ({ person }) => {
  const ana = await person("Ana");
  const other = await ana.newTab();
  await ana.openRoom("general");
  await other.openRoom("general");
  await ana.composer.fill("a thought");
  await expect(other.composer).toHaveValue("a thought");
  const late = await ana.newTab();
  await late.openRoom("general");
  await expect(late.composer).toHaveValue("a thought");

  await other.composer.press("Enter");
  for (const tab of [ana, other, late]) {
    await expect(tab.composer).toHaveValue("");
    await expect(tab.message("a thought")).toHaveCount(1);
    await tab.page.reload();
    await tab.isLive();
    await expect(tab.composer).toHaveValue("");
  }
});

test("no tab overwrites what was typed in another", async ({ person }) => {
  const ana = await person("Ana");
  const other = await ana.newTab();
  await ana.openRoom("general");
  await other.openRoom("general");
  await ana.composer.fill("aaa");
  await expect(other.composer).toHaveValue("aaa");
  await other.composer.fill("bbb");
  for (const [tab, text] of [[ana, "aaa"], [other, "bbb"]] as const) {
    await tab.page.reload();
    await tab.isLive();
    await expect(tab.composer).toHaveValue(text);
  }

  await ana.composer.press("Enter");
  await expect(other.message("aaa")).toHaveCount(1);
  await expect(other.composer).toHaveValue("bbb");
});

test("drafts of two rooms are two, and the indent of pasted code stays", async ({ person, bot }) => {
  const [ana, ben] = [await person("Ana"), await bot("Ben")];
  await ben.createRoom("Lunch");
  await ana.openRoom("general");
  await ana.composer.fill("    if x:\n        y()\n");
  await ana.openRoom("lunch");
  await expect(ana.composer).toHaveValue("");
  await ana.composer.fill("soup");
  await ana.openRoom("general");
  await expect(ana.composer).toHaveValue("    if x:\n        y()\n");
  await ana.composer.press("Enter");
  await expect(ana.messages).toHaveCount(1);
  expect(await ana.messages.locator(".message-text").innerText()).toBe("    if x:\n        y()");
  await ana.openRoom("lunch");
  await expect(ana.composer).toHaveValue("soup");
});
