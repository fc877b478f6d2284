import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "../support/test";

for (const colorScheme of ["light", "dark"] as const) {
  for (const viewport of [
    { width: 1280, height: 800 },
    { width: 390, height: 844 },
  ]) {
    test(`axe finds nothing in the ${colorScheme} pages at a width of ${viewport.width}`, { tag: "@core" }, async ({ visitor, bot }) => {
      const ben = await bot("Ben");
      await ben.openRoom("general");
      await ben.sayAll("general", ["Hello", "Have a look at https://example.com/", "Two\nlines"]);
      const ana = await visitor("Ana", { colorScheme, viewport });
      ana.problems.expect(/\b404\b/);
      const violations = async () =>
        (await new AxeBuilder({ page: ana.page }).analyze()).violations.map(
          ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`,
        );

      // A page that is still coming to life is not the one that people use.
      const isAlive = () => expect(ana.page.locator("#app[data-alive]")).toHaveCount(1);
      await ana.page.goto("/login");
      await isAlive();
      await expect(ana.page.getByRole("textbox", { name: "Your name" })).toBeVisible();
      expect(await violations()).toEqual([]);
      await ana.signIn();
      await ana.page.waitForURL("**/rooms");
      await isAlive();
      await expect(ana.rooms.getByRole("link", { name: /^general/ })).toBeVisible();
      expect(await violations()).toEqual([]);
      await ana.openRoom("general");
      await expect(ana.message("Two")).toBeVisible();
      await ana.say("Mine");
      await expect(ana.message("Mine")).toHaveCount(1);
      await ana.hasSentAll();
      expect(await violations()).toEqual([]);
      await ana.page.goto("/rooms/no-such-room");
      await isAlive();
      await expect(ana.page.getByRole("heading", { name: "No such room" })).toBeVisible();
      expect(await violations()).toEqual([]);
    });
  }
}
