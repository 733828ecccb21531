import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { findTool } from "../tools";
import { commandName } from "./commandName";

/** A card's report about itself. */
export interface CardSettings {
  readonly serial: number;
  /** The firmware version, such as `5.2.4`. */
  readonly version: string;
  /** A folder that keeps the content from one card to the next. Without it, the content ends with the card. */
  readonly storage?: string;
}

/** Replaces the normal execution of a command. It returns the response APDU; 6F00 is used if it throws. */
export type CardFault = (forward: () => Promise<Buffer>) => Promise<Buffer>;

/** No precise diagnosis (ISO/IEC 7816-4, 5.1.3). */
const UNSAID = Buffer.from("6f00", "hex");

/** A software PIV card in a reader of {@link VirtualReaders}. Tests can observe, hold and pull it. */
export class VirtualCard {
  /** The commands that it received, by name; see {@link commandName}. */
  readonly calls: string[] = [];
  readonly #faults: { command: string; fault: CardFault }[] = [];
  readonly #waiting: { kind: string; resolve: (apdu: Buffer) => void }[] = [];
  #received: Buffer = Buffer.alloc(0);

  private constructor(
    readonly serial: number,
    /** The PC/SC name of the reader. */
    readonly reader: string,
    readonly process: ChildProcess,
    readonly server: Server,
    readonly socket: Socket,
  ) {
    socket.on("data", (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#take();
    });
    socket.on("error", () => undefined); // it ends with its reader
  }

  /**
   * Starts a card.
   *
   * @param enter the words of the command that runs a program in the reader's namespace
   */
  static async start(
    settings: CardSettings,
    { reader, port, folder, enter }: { reader: string; port: number; folder: string; enter: readonly string[] },
  ): Promise<VirtualCard> {
    const path = join(folder, `card-${String(port)}`);
    const server = createServer().listen(path);
    await once(server, "listening");
    const [command = "", ...args] = enter.concat(findTool("piv-card") ?? "piv-card");
    const child = spawn(command, args, {
      env: {
        PATH: process.env["PATH"],
        VPCD_PORT: String(port),
        CARD_CONTROL: path,
        CARD_SERIAL: String(settings.serial),
        ...(settings.storage === undefined ? {} : { CARD_STORAGE: settings.storage }),
        CARD_VERSION: Buffer.from(settings.version.split(".").map(Number)).toString("hex"),
      },
      stdio: ["ignore", "ignore", "inherit"],
    });
    const [socket] = (await Promise.race([
      once(server, "connection"),
      once(child, "exit").then(() => {
        throw new Error("the card ended before it began");
      }),
    ])) as [Socket];
    const card = new VirtualCard(settings.serial, reader, child, server, socket);
    await card.#next("i");
    return card;
  }

  /** Clears the commands and the faults. */
  clear(): void {
    this.calls.length = 0;
    this.#faults.length = 0;
  }

  /** Injects a fault into the next command with a name, or into the next few. */
  inject(command: string, fault: CardFault, times = 1): void {
    for (let n = 0; n < times; n += 1) {
      this.#faults.push({ command, fault });
    }
  }

  /** Pulls it. Its content stays. */
  async remove(): Promise<void> {
    const out = this.#next("o");
    this.#send("o");
    await out;
  }

  /** Puts it back. */
  async reinsert(): Promise<void> {
    const back = this.#next("i");
    this.#send("i");
    await back;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const ended = once(this.process, "exit");
      this.process.kill("SIGKILL");
      await ended;
    }
    this.socket.destroy();
    this.server.close();
  }

  #take(): void {
    for (;;) {
      const length = this.#received.length < 2 ? Infinity : this.#received.readUInt16BE();
      if (this.#received.length < 2 + length) {
        return;
      }
      const frame = this.#received.subarray(2, 2 + length);
      this.#received = this.#received.subarray(2 + length);
      this.#hear(frame.toString("latin1", 0, 1), Buffer.from(frame.subarray(1)));
    }
  }

  #hear(kind: string, apdu: Buffer): void {
    const index = this.#waiting.findIndex((waiting) => waiting.kind === kind);
    const [waiting] = index < 0 ? [] : this.#waiting.splice(index, 1);
    if (waiting !== undefined) {
      waiting.resolve(apdu);
    } else if (kind === "c") {
      void this.#command(apdu);
    } else if (kind === "r") {
      this.#send("g");
    }
  }

  /** The card waits in its command until this has sent an answer. */
  async #command(apdu: Buffer): Promise<void> {
    const name = commandName(apdu);
    if (name !== undefined) {
      this.calls.push(name);
    }
    const index = this.#faults.findIndex(({ command }) => name?.startsWith(command) === true);
    const [found] = index < 0 ? [] : this.#faults.splice(index, 1);
    if (found === undefined) {
      this.#send("g");
      return;
    }
    const forward = (): Promise<Buffer> => {
      const response = this.#next("r");
      this.#send("g");
      return response;
    };
    this.#send("a", await found.fault(forward).catch(() => UNSAID));
  }

  #next(kind: string): Promise<Buffer> {
    return new Promise((resolve) => {
      this.#waiting.push({ kind, resolve });
    });
  }

  #send(kind: string, apdu: Buffer = Buffer.alloc(0)): void {
    const frame = Buffer.alloc(3 + apdu.length);
    frame.writeUInt16BE(1 + apdu.length);
    frame.write(kind, 2, "latin1");
    apdu.copy(frame, 3);
    this.socket.write(frame);
  }
}
