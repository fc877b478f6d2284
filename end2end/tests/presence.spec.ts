import { UNREACHABLE } from "../support/problems";
import { expect, test } from "../support/test";

test("people appear as they join and go as they leave the room or close the tab", { tag: "@core" }, async ({ person }) => {
  const [ana, ben, caro] = [await person("Ana"), await person("Ben"), await person("Caro")];
  await ana.openRoom("general");
  await expect(ana.hereNow).toHaveText([/^\W*Ana/]);

  await ben.openRoom("general");
  await caro.openRoom("general");
  await expect(ana.hereNow).toHaveCount(3);

  await ben.page.goto("/rooms");
  await expect(ana.hereNow.filter({ hasText: "Ben" })).toHaveCount(0);
  await caro.page.close();
  await expect(ana.hereNow).toHaveCount(1);
});

test("two tabs of one person count once, and closing one of them changes nothing", async ({ person }) => {
  const [ana, ben] = [await person("Ana"), await person("Ben")];
  await ana.openRoom("general");
  await ben.openRoom("general");
  const tab = await ben.newTab();
  await tab.openRoom("general");
  await expect(ana.hereNow).toHaveCount(2);

  const left = ana.hereNow.filter({ hasText: "Ben" }).waitFor({ state: "detached", timeout: 8_000 });
  await tab.page.close();
  await expect(left, "longer than the grace after a lost socket").rejects.toThrow(/Timeout/);
  await ben.page.close();
  await expect(ana.hereNow).toHaveCount(1);
});

test("a slow reload does not make anybody flicker", async ({ person, bot }) => {
  const [ana, ben, caro] = [await person("Ana"), await person("Ben"), await bot("Caro")];
  await ana.openRoom("general");
  await ben.openRoom("general");
  await expect(ana.hereNow).toHaveCount(2);
  let load = () => {};
  const isToLoad = new Promise<void>((resolve) => {
    load = resolve;
  });
  await ben.page.route(/\.wasm$/, async (route) => {
    await isToLoad;
    await route.continue();
  });

  const left = ana.hereNow.filter({ hasText: "Ben" }).waitFor({ state: "detached", timeout: 8_000 });
  const asked = ben.page.waitForRequest(/\.wasm$/);
  await ben.page.reload({ waitUntil: "commit" });
  await asked;
  // The old page is gone, and its socket with it. What the server tells of that comes before what is said afterwards.
  await caro.say("general", "meanwhile");
  await expect(ana.message("meanwhile")).toHaveCount(1);
  await expect(ana.hereNow).toHaveCount(2);
  load();
  await ben.isLive();
  await expect(left, "longer than the grace after a lost socket").rejects.toThrow(/Timeout/);
});

test("somebody whose machine fell silent is gone within 30 seconds", async ({ person, network }) => {
  const [ana, ben] = [await person("Ana"), await person("Ben", { baseURL: network.url })];
  ben.problems.expect(UNREACHABLE);
  await ana.openRoom("general");
  await ben.openRoom("general");
  await expect(ana.hereNow).toHaveCount(2);

  network.freeze();
  await expect(ana.hereNow).toHaveCount(1, { timeout: 30_000 });
});
