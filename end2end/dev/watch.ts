import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withoutSettings } from "../support/settings";

/** `cargo leptos watch`, as somebody who works on Hubbub types it, in a copy of the tree. */
export class Watch {
  readonly url: string;
  readonly #tree: string;
  readonly #data: string;
  readonly #process: ChildProcess;
  /** Settled when the server listens. */
  readonly listening: Promise<void>;
  #log = "";

  private constructor(tree: string, ports: [number, number]) {
    this.#tree = tree;
    this.#data = mkdtempSync(join(tmpdir(), "hubbub-dev-"));
    const address = `127.0.0.1:${ports[0]}`;
    this.url = `http://${address}`;
    this.#process = spawn("scripts/with-tools", ["cargo-leptos", "watch"], {
      cwd: tree,
      // In a group of its own, so that what it starts ends with it.
      detached: true,
      env: {
        ...withoutSettings(),
        CARGO_TARGET_DIR: join(tree, "../target"),
        HUBBUB_DATA_DIR: this.#data,
        HUBBUB_LISTEN: address,
        LEPTOS_SITE_ADDR: address,
        LEPTOS_RELOAD_PORT: String(ports[1]),
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.listening = new Promise((listening, failed) => {
      for (const output of [this.#process.stdout, this.#process.stderr]) {
        output?.on("data", (chunk: Buffer) => {
          this.#log += chunk;
          if (this.#log.includes("listening on http://")) {
            listening();
          }
        });
      }
      this.#process.once("error", failed);
      this.#process.once("exit", () => failed(new Error(`cargo-leptos ended:\n${this.#log}`)));
    });
    // Whoever waits for it is told; when it ends after that, nobody needs to be.
    this.listening.catch(() => {});
  }

  static async start(tree: string): Promise<Watch> {
    return new Watch(tree, [await freePort(), await freePort()]);
  }

  get log(): string {
    return this.#log;
  }

  /** Saves a file with `before` replaced by `after`, as an editor would. */
  change(file: string, before: string, after: string): void {
    const path = join(this.#tree, file);
    const content = readFileSync(path, "utf8");
    if (!content.includes(before)) {
      throw new Error(`${file} does not contain ${before}: choose something else to change`);
    }
    writeFileSync(path, content.replace(before, after));
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exited = once(this.#process, "exit");
      process.kill(-Number(this.#process.pid), "SIGTERM");
      await exited;
    }
    rmSync(this.#data, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, "close");
  return port;
}
