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

      await ana.page.goto("/login");
      expect(await violations()).toEqual([]);
      await ana.signIn();
      await ana.page.waitForURL("**/rooms");
      expect(await violations()).toEqual([]);
      await ana.page.goto("/rooms/general");
      await expect(ana.message("Two")).toBeVisible();
      await ana.say("Mine");
      await expect(ana.message("Mine")).toHaveCount(1);
      expect(await violations()).toEqual([]);
      await ana.page.goto("/rooms/no-such-room");
      expect(await violations()).toEqual([]);
    });
  }
}
