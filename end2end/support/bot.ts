import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { WebSocket } from "ws";

type Room = { id: number; slug: string };
type Ack = { id: number; created?: Room };
type Refusal = { id?: number; code: string; retry_after_ms?: number };
/** Has one of these, or another member. */
type Frame = { ack?: Ack; error?: Refusal; rooms?: { rooms: { room: Room }[] } };

/** A user without a browser, who speaks the wire protocol: fills rooms and keeps people company cheaply. */
export class Bot {
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, (answer: Frame) => void>();
  readonly #rooms = new Map<string, number>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.#read(JSON.parse(String(data)) as Frame));
  }

  static async signIn(url: string, name: string): Promise<Bot> {
    const answer = await fetch(`${url}/login`, {
      method: "POST",
      body: new URLSearchParams({ name }),
      redirect: "manual",
    });
    const cookie = answer.headers.getSetCookie()[0]?.split(";")[0];
    if (answer.status !== 303 || !cookie) {
      throw new Error(`${name} could not sign in: status ${answer.status}`);
    }
    const socket = new WebSocket(`${url.replace("http", "ws")}/ws`, { headers: { cookie, origin: url } });
    const bot = new Bot(socket);
    await once(socket, "open");
    await bot.#command("watch_rooms", {});
    while (bot.#rooms.size === 0) {
      await once(socket, "message");
    }
    return bot;
  }

  async createRoom(name: string): Promise<void> {
    const { created } = await this.#command("create_room", { name });
    if (created) {
      this.#rooms.set(created.slug, created.id);
    }
  }

  /** Is in the room's list of people from now on. */
  async openRoom(slug: string): Promise<void> {
    await this.#command("open_room", { room: this.#room(slug), after: 0 });
  }

  /** Returns when the server has stored the message. */
  async say(slug: string, text: string): Promise<void> {
    await this.#command("send", { message: { room: this.#room(slug), key: randomUUID(), text } });
  }

  /** Says them one after the other, as a person would. */
  async sayAll(slug: string, texts: readonly string[]): Promise<void> {
    for (const text of texts) {
      await this.say(slug, text);
    }
  }

  async leave(): Promise<void> {
    if (this.#socket.readyState !== WebSocket.CLOSED) {
      this.#socket.close();
      await once(this.#socket, "close");
    }
  }

  #room(slug: string): number {
    const room = this.#rooms.get(slug);
    if (room === undefined) {
      throw new Error(`there is no room ${slug}`);
    }
    return room;
  }

  async #command(kind: string, command: Record<string, unknown>): Promise<Ack> {
    const id = ++this.#lastId;
    const { ack, error } = await new Promise<Frame>((answered) => {
      this.#answers.set(id, answered);
      this.#socket.send(JSON.stringify({ [kind]: { ...command, id } }));
    });
    if (ack) {
      return ack;
    }
    if (error?.retry_after_ms !== undefined) {
      await new Promise((waited) => setTimeout(waited, error.retry_after_ms));
      return this.#command(kind, command);
    }
    throw new Error(`the server refused ${kind}: ${error?.code}`);
  }

  #read(frame: Frame): void {
    for (const { room } of frame.rooms?.rooms ?? []) {
      this.#rooms.set(room.slug, room.id);
    }
    const id = (frame.ack ?? frame.error)?.id;
    if (id !== undefined) {
      this.#answers.get(id)?.(frame);
      this.#answers.delete(id);
    }
  }
}
