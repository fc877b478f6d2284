import { type BrowserContext, expect, type Locator, type Page } from "@playwright/test";
import type { Problems } from "./problems";

/** Somebody at a browser. What they see is found by the names that assistive technology goes by. */
export class Person {
  readonly page: Page;
  readonly problems: Problems;
  readonly name: string;

  constructor(page: Page, problems: Problems, name: string) {
    this.page = page;
    this.problems = problems;
    this.name = name;
  }

  get context(): BrowserContext {
    return this.page.context();
  }

  get log(): Locator {
    return this.page.getByRole("log", { name: "Messages" });
  }

  get messages(): Locator {
    return this.log.getByRole("article");
  }

  get composer(): Locator {
    return this.page.getByRole("textbox", { name: /^Message/ });
  }

  get rooms(): Locator {
    return this.page.getByRole("navigation", { name: "Rooms" });
  }

  /** Hidden on a phone until somebody asks for it, but kept up to date. */
  get hereNow(): Locator {
    const includeHidden = true;
    return this.page.getByRole("list", { name: "Here now", includeHidden }).getByRole("listitem", { includeHidden });
  }

  get banner(): Locator {
    return this.page.getByRole("status").filter({ hasText: /Connecting…|Reconnecting…|Offline/ });
  }

  message(text: string): Locator {
    return this.messages.filter({ hasText: text });
  }

  async signIn(name = this.name): Promise<void> {
    await this.page.goto("/login");
    await this.page.getByRole("textbox", { name: "Your name" }).fill(name);
    await this.page.keyboard.press("Enter");
  }

  async openRoom(slug: string): Promise<void> {
    await this.page.goto(`/rooms/${slug}`);
    await this.isLive();
  }

  /**
   * A page is live when its script has it, and the server counts its socket among those in the room. One alone would not do:
   * the page as it was sent may list its reader already.
   */
  async isLive(): Promise<void> {
    await expect(this.page.locator("#app[data-alive]")).toHaveCount(1);
    await expect(this.hereNow.filter({ hasText: this.name })).toHaveCount(1);
  }

  /** To be called before the page is opened: gives what sends the page a frame among those of the server. */
  async sendsToPage(): Promise<(frame: string) => void> {
    let send = (_: string) => {};
    await this.page.routeWebSocket(/\/ws$/, (socket) => {
      const server = socket.connectToServer();
      socket.onMessage((message) => server.send(message));
      server.onMessage((message) => socket.send(message));
      send = (frame) => socket.send(frame);
    });
    return (frame) => send(frame);
  }

  async say(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** As `say`, where the Enter key does not send: on a phone, or without the script. */
  async sayWithButton(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.page.getByRole("button", { name: "Send" }).click();
  }

  /** All messages that they see are stored. */
  async hasSentAll(): Promise<void> {
    await expect(this.messages.filter({ hasText: "Sending" })).toHaveCount(0);
  }

  async createRoom(name: string): Promise<void> {
    await this.page.getByRole("textbox", { name: "New room" }).fill(name);
    await this.page.getByRole("button", { name: "Create room" }).click();
  }

  /** The same person at another tab of the same browser. */
  async newTab(): Promise<Person> {
    return new Person(await this.context.newPage(), this.problems, this.name);
  }

  /** All of `texts` are in the log: each once, in this order, and nothing else that matches `pattern`. */
  async seesInOrder(pattern: RegExp, texts: readonly string[]): Promise<void> {
    await expect
      .poll(async () => (await this.messages.allInnerTexts()).map((text) => pattern.exec(text)?.[0]).filter(Boolean))
      .toEqual(texts);
  }
}
