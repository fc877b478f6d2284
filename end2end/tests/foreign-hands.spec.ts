import { UNREACHABLE } from "../support/problems";
import { expect, type Person, test } from "../support/test";

/** What extensions, translators and proxies do to a page before its script has started. */
const HANDS: Record<string, () => void> = {
  "an element put first into the body": () => {
    new MutationObserver((_, observer) => {
      if (document.body) {
        observer.disconnect();
        document.body.prepend(Object.assign(document.createElement("div"), { id: "foreign" }));
      }
    }).observe(document, { childList: true, subtree: true });
  },
  "an element put first into every part of the page": () => {
    document.addEventListener("DOMContentLoaded", () => {
      for (const parent of document.querySelectorAll("#app, #app main, #app form, #app nav, #app article, #app ul")) {
        parent.prepend(document.createElement("foreign-element"));
      }
    });
  },
  "addresses made into links": () => {
    document.addEventListener("DOMContentLoaded", () => {
      for (const text of document.querySelectorAll(".message-text")) {
        text.innerHTML = text.innerHTML.replace(/example\.org\S*/, "<a href='https://example.org/'>$&</a>");
      }
    });
  },
  "every text wrapped by a translator": () => {
    document.addEventListener("DOMContentLoaded", () => {
      const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const found: Text[] = [];
      while (texts.nextNode()) {
        found.push(texts.currentNode as Text);
      }
      for (const text of found.filter((text) => text.parentElement && !text.parentElement.closest("script, textarea"))) {
        const font = document.createElement("font");
        text.replaceWith(font);
        font.append(document.createTextNode(text.data));
      }
    });
  },
  "markers left out by a proxy": () => {
    document.addEventListener("DOMContentLoaded", () => {
      const comments = document.createTreeWalker(document.body, NodeFilter.SHOW_COMMENT);
      const found: Node[] = [];
      while (comments.nextNode()) {
        found.push(comments.currentNode);
      }
      found.forEach((comment) => comment.parentNode?.removeChild(comment));
    });
  },
};

const isAlive = (someone: Person) => someone.page.locator("#app[data-alive]");

for (const [what, hand] of Object.entries(HANDS)) {
  test(`${what} leaves a page that works`, async ({ visitor, person }) => {
    const ben = await person("Ben");
    await ben.openRoom("general");
    await ben.say("Look at example.org/page");
    const ana = await visitor("Ana");
    await ana.context.addInitScript(hand);
    await ana.signIn();
    await ana.page.waitForURL("**/rooms");
    await expect(isAlive(ana)).toHaveCount(1);
    await ana.rooms.getByRole("link", { name: /^general/ }).click();
    await ana.isLive();

    // What is typed before the script has arrived stays.
    await ana.page.route("**/*.wasm", async (route) => {
      await ana.composer.fill("typed early");
      await route.continue();
    }, { times: 1 });
    await ana.page.goto("/rooms/general");
    await expect(isAlive(ana)).toHaveCount(1);
    await ana.isLive();
    await expect(ana.composer).toHaveValue("typed early");
    await ana.composer.press("Enter");
    await expect(ben.message("typed early")).toHaveCount(1);
    await expect(ana.message("typed early")).toHaveCount(1);
    await ben.say("and back");
    await expect(ana.message("and back")).toHaveCount(1);
    await ana.createRoom("Quiet corner");
    await expect(ana.page).toHaveURL(/\/rooms\/quiet-corner$/);
    await ana.page.getByRole("button", { name: "Sign out" }).click();
    await expect(ana.page).toHaveURL(/\/login/);
  });
}

test("a page that arrived as it was sent is hydrated and not drawn anew", async ({ visitor, bot }) => {
  await (await bot("Ben")).sayAll("general", ["<b>Hello</b> & so on", "https://example.com/?a=1&b=2", "line\n".repeat(40)]);
  const ana = await visitor("Ana");
  ana.problems.expect(/\b404\b/);
  await ana.page.goto("/login");
  await expect(isAlive(ana)).toHaveAttribute("data-alive", "hydrated");
  await ana.signIn();
  await ana.page.waitForURL("**/rooms");
  for (const path of ["/rooms", "/rooms/general", "/rooms/no-such-room", "/nowhere"]) {
    await ana.page.goto(path);
    await expect(isAlive(ana)).toHaveAttribute("data-alive", "hydrated");
  }
});

test("a page whose data was taken out on its way stays plain", async ({ person }) => {
  const ana = await person("Ana");
  await ana.context.route("**/rooms/general", async (route) => {
    const response = await route.fetch();
    const html = (await response.text()).replace(/(<script id="given"[^>]*>)[^<]*/, "$1{}");
    return route.fulfill({ response, body: html });
  });
  await ana.page.goto("/rooms/general");
  await ana.sayWithButton("Posted plainly");
  await expect(ana.message("Posted plainly")).toHaveCount(1);
});

/** Translates as browsers do, whatever comes: the text nodes go, other ones come in elements around them. */
async function translate(someone: Person): Promise<void> {
  await someone.page.evaluate(() => {
    const wrap = (text: Text) => {
      const parent = text.parentElement;
      if (!parent || parent.closest("font, script, textarea") || !text.data.trim()) {
        return;
      }
      const outer = document.createElement("font");
      const inner = outer.appendChild(document.createElement("font"));
      inner.textContent = text.data.replace(/\bhere\b/, "ici");
      text.replaceWith(outer);
    };
    const all = (root: Node) => {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      const texts: Text[] = [];
      while (walker.nextNode()) {
        texts.push(walker.currentNode as Text);
      }
      texts.forEach(wrap);
    };
    all(document.body);
    new MutationObserver((records) => records.forEach(({ target }) => all(target))).observe(document.body, {
      childList: true,
      characterData: true,
      subtree: true,
    });
  });
}

test("in a translated page counts, times, states and messages go on", async ({ person, server }) => {
  const ana = await person("Ana");
  await ana.openRoom("general");
  await translate(ana);
  const count = ana.page.locator(".people-count");
  await expect(count).toHaveText("1");

  const ben = await person("Ben");
  await ben.openRoom("general");
  await expect(count).toHaveText("2");
  await expect(ana.rooms.getByRole("link", { name: /^general/ })).toContainText("2");
  await ben.say("Bonjour");
  await expect(ana.message("Bonjour")).toHaveCount(1);
  await ana.say("Salut");
  await expect(ben.message("Salut")).toHaveCount(1);
  await ben.page.close();
  await expect(count).toHaveText("1");

  ana.problems.expect(/WebSocket connection|net::ERR_/);
  await server.stop();
  await expect(ana.banner).toBeVisible();
  await server.start();
  await expect(ana.banner).toHaveCount(0);
  await ana.say("after the restart");
  await ana.hasSentAll();
  await ana.page.reload();
  await expect(ana.message("after the restart")).toHaveCount(1);
});

test("in a translated page each refusal takes the place of the one before", async ({ person }) => {
  const ana = await person("Ana");
  await ana.openRoom("general");
  await translate(ana);
  const alert = ana.page.getByRole("alert");
  await ana.createRoom("general");
  await expect(alert).toHaveText(/^There is a room of this name already\. Go to it$/);
  await ana.page.context().setOffline(true);
  ana.problems.expect(UNREACHABLE, /ERR_INTERNET_DISCONNECTED/);
  await expect(ana.banner).toBeVisible();
  await ana.createRoom("Elsewhere");
  await expect(alert).toHaveText(/^That could not be saved just now\. Try again\.\s*$/);
});

test("proxies are asked not to change what they pass on", async ({ person }) => {
  const ana = await person("Ana");
  const response = await ana.page.goto("/rooms/general");
  expect(response?.headers()["cache-control"]).toContain("no-transform");
});
