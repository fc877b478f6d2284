import type { BrowserContext } from "@playwright/test";

/** What a browser itself says about a server that it cannot reach. */
export const UNREACHABLE =
  /WebSocket connection to .* failed|net::ERR_(CONNECTION|SOCKET|EMPTY_RESPONSE)|can.t establish a connection|connection to .* was interrupted|NS_ERROR_(CONNECTION|NET)/;

/** What it says about a request that the page itself no longer wants, because it was left or closed. */
const GIVEN_UP = /net::ERR_ABORTED|NS_BINDING_ABORTED/;

/**
 * Everything the pages of a context complain about: console errors and warnings (a hydration mismatch is one), uncaught
 * errors, and failed requests to their own server. A test that provokes one says so with `expect`; all others fail it.
 */
export class Problems {
  readonly #found: string[] = [];
  readonly #expected: RegExp[] = [];

  constructor(context: BrowserContext, origin: string) {
    context.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") {
        this.#report(`console ${message.type()}: ${message.text()} (${message.location().url})`);
      }
    });
    context.on("weberror", (event) => this.#report(`uncaught: ${event.error()}`));
    context.on("requestfailed", (request) => {
      const reason = request.failure()?.errorText;
      if (request.url().startsWith(origin) && !GIVEN_UP.test(reason ?? "")) {
        this.#report(`request failed: ${request.method()} ${request.url()} ${reason}`);
      }
    });
    context.on("response", (response) => {
      if (response.url().startsWith(origin) && response.status() >= 400) {
        this.#report(`response: ${response.status()} ${response.request().method()} ${response.url()}`);
      }
    });
  }

  expect(...problems: RegExp[]): void {
    this.#expected.push(...problems);
  }

  get unexpected(): string[] {
    return this.#found.filter((problem) => !this.#expected.some((expected) => expected.test(problem)));
  }

  #report(problem: string): void {
    this.#found.push(problem);
  }
}
