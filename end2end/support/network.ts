import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { once } from "node:events";

/** A stretch of network between browsers and a server, which can be cut and mended. */
export class Network {
  readonly #links = new Set<[Socket, Socket]>();
  readonly #listener = createServer((near) => this.#accept(near));
  readonly #upstreamPort: number;
  #state: "up" | "cut" | "frozen" | "without upgrades" = "up";

  private constructor(upstreamPort: number) {
    this.#upstreamPort = upstreamPort;
  }

  static async to(server: { port: number }): Promise<Network> {
    const network = new Network(server.port);
    network.#listener.listen(0, "127.0.0.1");
    await once(network.#listener, "listening");
    return network;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#listener.address() as AddressInfo).port}`;
  }

  /** Breaks every connection and refuses new ones. */
  cut(): void {
    this.#state = "cut";
    for (const link of this.#links) {
      for (const socket of link) {
        socket.resetAndDestroy();
      }
    }
  }

  /** Breaks every connection, and from now on lets HTTP through and no WebSocket, as some proxies do. */
  refuseUpgrades(): void {
    this.cut();
    this.#state = "without upgrades";
  }

  mend(): void {
    this.#state = "up";
  }

  /** Leaves every connection open, and new ones too, but carries nothing any more: as when a laptop's lid is closed. */
  freeze(): void {
    this.#state = "frozen";
    for (const [near, far] of this.#links) {
      near.unpipe(far).pause();
      far.unpipe(near).pause();
    }
  }

  async close(): Promise<void> {
    this.cut();
    this.#listener.close();
    await once(this.#listener, "close");
  }

  #accept(near: Socket): void {
    if (this.#state === "cut") {
      near.resetAndDestroy();
      return;
    }
    const far = connect(this.#upstreamPort, "127.0.0.1");
    const link: [Socket, Socket] = [near, far];
    this.#links.add(link);
    for (const socket of link) {
      socket.setNoDelay(true);
      // Broken connections are what this is for; the other half learns of it by the close below.
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#links.delete(link);
        near.destroy();
        far.destroy();
      });
    }
    if (this.#state === "up") {
      near.pipe(far);
      far.pipe(near);
    } else if (this.#state === "without upgrades") {
      // Browsers open a connection of its own for each WebSocket, so its first bytes tell.
      near.once("data", (head: Buffer) => {
        if (/^upgrade: websocket/im.test(head.toString("latin1"))) {
          near.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        } else {
          far.write(head);
          near.pipe(far);
          far.pipe(near);
        }
      });
    }
  }
}
