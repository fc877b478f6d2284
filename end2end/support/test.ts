import { type BrowserContextOptions, expect, test as base } from "@playwright/test";
import { Bot } from "./bot";
import { openContext } from "./browser";
import { Network } from "./network";
import { Person } from "./person";
import { Problems } from "./problems";
import { Server } from "./server";

type Fixtures = {
  /** A server of the test's own, fresh and empty. */
  server: Server;
  /** A network to that server, for people who are given its `url` as `baseURL`. */
  network: Network;
  /** Opens a browser for somebody who is not signed in. */
  visitor: (name: string, options?: BrowserContextOptions) => Promise<Person>;
  /** Opens a browser for somebody and signs them in. */
  person: (name: string, options?: BrowserContextOptions) => Promise<Person>;
  /** Signs in somebody who needs no browser. */
  bot: (name: string) => Promise<Bot>;
};

export const test = base.extend<Fixtures>({
  server: async ({}, use, info) => {
    const server = await Server.start();
    await use(server);
    await server.dispose();
    if (info.status !== info.expectedStatus) {
      await info.attach("server.log", { body: server.log, contentType: "text/plain" });
    }
  },

  network: async ({ server }, use) => {
    const network = await Network.to(server);
    await use(network);
    await network.close();
  },

  visitor: async ({ browser, server }, use) => {
    const visitors: Person[] = [];
    const opened: (() => Promise<void>)[] = [];
    await use(async (name, options) => {
      const baseURL = options?.baseURL ?? server.url;
      const { context, close } = await openContext(browser, { ...options, baseURL });
      opened.push(close);
      const problems = new Problems(context, baseURL);
      if (options?.javaScriptEnabled === false) {
        // How Chromium words that it does not fetch the script.
        problems.expect(/^request failed: .*\.js csp$/);
      }
      const visitor = new Person(await context.newPage(), problems, name);
      visitors.push(visitor);
      return visitor;
    });
    await Promise.all(opened.map((close) => close()));
    for (const visitor of visitors) {
      expect.soft(visitor.problems.unexpected, `what ${visitor.name}'s browser complained about`).toEqual([]);
    }
  },

  person: async ({ visitor }, use) => {
    await use(async (name, options) => {
      const person = await visitor(name, options);
      await person.signIn();
      await person.page.waitForURL("**/rooms");
      return person;
    });
  },

  bot: async ({ server }, use) => {
    const bots: Bot[] = [];
    await use(async (name) => {
      const bot = await Bot.signIn(server.url, name);
      bots.push(bot);
      return bot;
    });
    await Promise.all(bots.map((bot) => bot.leave()));
  },
});

export { expect, type Person };
