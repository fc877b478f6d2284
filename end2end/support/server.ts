import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { withoutSettings } from "./settings";

const START_TIMEOUT_MS = 15_000;

/** In the data folder. */
const DATABASE = "hubbub.db";

/** A real Hubbub on a free port with a data folder of its own, which can be stopped, killed and started again. */
export class Server {
  readonly #data = mkdtempSync(join(tmpdir(), "hubbub-"));
  #process: ChildProcess | undefined;
  #log = "";
  #address = "127.0.0.1:0";

  static async start(): Promise<Server> {
    const server = new Server();
    await server.start();
    return server;
  }

  get url(): string {
    return `http://${this.#address}`;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get log(): string {
    return this.#log;
  }

  /** Starts it, after a stop on the same port and data as before. */
  async start(): Promise<void> {
    const process = spawn(binary(), {
      env: { ...withoutSettings(), HUBBUB_LISTEN: this.#address, HUBBUB_DATA_DIR: this.#data },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = process;
    this.#address = await new Promise((listening, failed) => {
      let output = "";
      const give_up = (why: string) => failed(new Error(`the server ${why}:\n${output}`));
      const timer = setTimeout(() => give_up(`did not listen within ${START_TIMEOUT_MS} ms`), START_TIMEOUT_MS);
      const read = (chunk: Buffer) => {
        output += chunk;
        this.#log += chunk;
        const address = /listening on http:\/\/([\d.]+:\d+)/.exec(output)?.[1];
        if (address) {
          clearTimeout(timer);
          listening(address);
        }
      };
      process.stdout.on("data", read);
      process.stderr.on("data", read);
      process.once("error", (error) => give_up(`could not be started (${error.message})`));
      process.once("exit", (code) => give_up(`exited with ${code}`));
    });
  }

  /** Ends the process and waits until it is gone. Returns its exit code, or null when the signal killed it. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<number | null> {
    const process = this.#process;
    this.#process = undefined;
    if (!process || process.exitCode !== null || process.signalCode !== null) {
      return process?.exitCode ?? null;
    }
    const exited = new Promise<number | null>((resolve) => process.once("exit", (code) => resolve(code)));
    process.kill(signal);
    return exited;
  }

  async restart(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    await this.stop(signal);
    await this.start();
  }

  /** Does something to its data behind its back, as an operator would. */
  sql(statement: string, database = join(this.#data, DATABASE)): void {
    execFileSync("sqlite3", ["-cmd", ".timeout 5000", database, statement], { stdio: ["ignore", "ignore", "inherit"] });
  }

  /** Copies its data; gives what puts them back into a server that is stopped. Both as docs/operations.md says it. */
  backUp(): () => void {
    const copy = join(this.#data, "backup.db");
    this.sql(`VACUUM INTO '${copy}'`);
    return () => {
      for (const suffix of ["", "-wal", "-shm"]) {
        rmSync(join(this.#data, DATABASE + suffix), { force: true });
      }
      copyFileSync(copy, join(this.#data, DATABASE));
      this.sql("DELETE FROM epoch");
    };
  }

  async dispose(): Promise<void> {
    await this.stop("SIGKILL");
    rmSync(this.#data, { recursive: true, force: true });
  }
}

/** `HUBBUB_BIN`, or what was built last: debug and release builds share one site, which only fits the later of them. */
function binary(): string {
  if (process.env.HUBBUB_BIN) {
    return process.env.HUBBUB_BIN;
  }
  const target = resolve("..", process.env.CARGO_TARGET_DIR ?? "target");
  const program = join(target, isReleaseSite(target) ? "release" : "debug", "hubbub");
  if (!existsSync(program)) {
    throw new Error(`nothing is built in ${target}: run 'make build' first`);
  }
  return program;
}

/** Whether the site is the last release's, which alone has hashes in the names of its files. */
function isReleaseSite(target: string): boolean {
  const hashes = join(target, "release", "hash.txt");
  const script = existsSync(hashes) && /^js: (.*)$/m.exec(readFileSync(hashes, "utf8"))?.[1];
  return Boolean(script) && existsSync(join(target, "site", "pkg", `hubbub.${script}.js`));
}
