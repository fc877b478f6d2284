import { UNREACHABLE } from "../support/problems";
import { expect, test } from "../support/test";

test("what was missed while the network was gone is caught up: all of it, once, in order", { tag: "@core" }, async ({
  person,
  bot,
  network,
}) => {
  const ana = await person("Ana", { baseURL: network.url });
  ana.problems.expect(UNREACHABLE);
  const ben = await bot("Ben");
  await ana.openRoom("general");
  await ben.say("general", "missed 0.");
  await expect(ana.message("missed 0.")).toHaveCount(1);

  const away = new Promise((over) => setTimeout(over, 5_000));
  network.cut();
  const missed = Array.from({ length: 120 }, (_, n) => `missed ${n + 1}.`);
  await ben.sayAll("general", missed);
  await expect(ana.banner).toHaveText(/Reconnecting…|Offline/);
  await away;
  await expect(ana.messages).toHaveCount(1);

  network.mend();
  await ana.seesInOrder(/missed \d+\./, ["missed 0.", ...missed]);
  await expect(ana.banner).toHaveCount(0);
  await ben.say("general", "missed 121.");
  await ana.seesInOrder(/missed \d+\./, ["missed 0.", ...missed, "missed 121."]);
});

test("a message written without a network is shown as pending and delivered once", async ({ person, network }) => {
  const [ana, ben] = [await person("Ana", { baseURL: network.url }), await person("Ben")];
  ana.problems.expect(UNREACHABLE);
  await ana.openRoom("general");
  await ben.openRoom("general");

  network.cut();
  await ana.say("written on the train");
  await expect(ana.message("written on the train")).toHaveCount(1);
  await expect(ana.banner).toBeVisible();
  await expect(ben.messages).toHaveCount(0);

  network.mend();
  await expect(ben.message("written on the train")).toHaveCount(1);
  await ben.say("got it");
  await expect(ana.message("got it")).toHaveCount(1);
  for (const someone of [ana, ben]) {
    await someone.seesInOrder(/written on the train|got it/, ["written on the train", "got it"]);
  }
});

test("an unsent message outlives a reload", { tag: "@core" }, async ({ person, server, bot }) => {
  const ana = await person("Ana");
  ana.problems.expect(UNREACHABLE);
  await ana.openRoom("general");
  await server.stop();
  await ana.say("kept");
  await expect(ana.message("kept")).toHaveCount(1);

  await ana.page.goto("about:blank");
  await server.start();
  await ana.openRoom("general");
  await expect(ana.message("kept")).toHaveCount(1);
  await ana.hasSentAll();
  const ben = await bot("Ben");
  await ben.say("general", "after the outbox");
  await ana.seesInOrder(/kept|after the outbox/, ["kept", "after the outbox"]);
});

test("a network that falls silent is noticed within 22 seconds, whatever the clock says", async ({ person, network }) => {
  const ana = await person("Ana", { baseURL: network.url });
  ana.problems.expect(UNREACHABLE);
  await ana.openRoom("general");
  await ana.page.evaluate(() => {
    const real = Date.now;
    Date.now = () => real() - 60 * 60 * 1_000;
  });
  network.freeze();
  await expect(ana.banner).toBeVisible({ timeout: 22_000 });
});

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  test(`a chat goes on by itself after the server was restarted with ${signal}`, async ({ person, server }) => {
    const [ana, ben] = [await person("Ana"), await person("Ben")];
    for (const someone of [ana, ben]) {
      someone.problems.expect(UNREACHABLE);
      await someone.openRoom("general");
    }
    await ana.say("before");
    await expect(ben.message("before")).toHaveCount(1);

    await server.stop(signal);
    await expect(ana.banner).toHaveText(/Reconnecting…|Offline/);
    await ben.say("in between");
    await server.start();

    await expect(ana.message("in between")).toHaveCount(1);
    await expect(ana.banner).toHaveCount(0);
    await expect(ana.hereNow).toHaveCount(2);
    await ana.say("after");
    await expect(ben.message("after")).toHaveCount(1);
    for (const someone of [ana, ben]) {
      await someone.seesInOrder(/before|in between|after/, ["before", "in between", "after"]);
    }
  });
}
