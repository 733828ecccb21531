import { type ChildProcessWithoutNullStreams, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { until } from "../fixtures/waiting";
import { findTool } from "../tools";
import { type CardSettings, VirtualCard } from "./virtualCard";

const NAME = "Yubico YubiKey OTP+FIDO+CCID";
const DRIVER = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
/** vpcd waits for a card on this port, and for a second one on the next. */
const PORT = 0x8c7b;
const SLOTS = 2;

/**
 * Becomes a pcscd with a private fixed folder and private ports: its socket is in `$1`, its settings are in `$2`. It hides /run,
 * because /run/pcscd may not exist yet, and USB with the real readers of this machine. It ends with its standard input, and
 * therefore with its parent process.
 */
const START = `exec 3<&0
ip link set lo up && mount -t tmpfs none /run && mkdir /run/pcscd && mount --bind "$1" /run/pcscd || exit
if [ -d /dev/bus/usb ]; then mount -t tmpfs none /dev/bus/usb || exit; fi
{ cat <&3; kill -KILL $$; } >/dev/null 2>&1 &
exec pcscd --foreground --info --config "$2" </dev/null 3<&-`;

/**
 * Smart card readers of a real pcscd for software cards. They cannot be reached from outside, because they have their own network.
 */
export class VirtualReaders {
  readonly #folder: string;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #cards: VirtualCard[] = [];
  /** The names of the readers in which pcscd has seen a card. */
  readonly #occupied = new Set<string>();

  private constructor(folder: string, child: ChildProcessWithoutNullStreams) {
    this.#folder = folder;
    this.#process = child;
    createInterface(child.stdout).on("line", (line) => {
      this.#log(line);
    });
  }

  /** Starts pcscd with two readers, and no card in them. */
  static async start(): Promise<VirtualReaders> {
    const folder = mkdtempSync(join(tmpdir(), "kms-pki-pcsc-"));
    const [run, settings] = [join(folder, "run"), join(folder, "settings")];
    mkdirSync(run);
    mkdirSync(settings);
    const port = `0x${PORT.toString(16)}`;
    const lines = [`FRIENDLYNAME "${NAME}"`, `DEVICENAME /dev/null:${port}`, `LIBPATH ${DRIVER}`, `CHANNELID ${port}`];
    writeFileSync(join(settings, "readers"), `${lines.join("\n")}\n`);
    const child = spawn("unshare", ["--map-root-user", "--net", "--mount", "sh", "-c", START, "sh", run, settings], {
      stdio: "pipe",
    });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    const isReady = (): boolean => {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`pcscd ended before it began: ${said}`);
      }
      return existsSync(join(run, "pcscd.comm"));
    };
    await until("pcscd listens", isReady, { pause: 20, known: () => said });
    return new VirtualReaders(folder, child);
  }

  /** The environment in which a process sees these readers. */
  get environment(): Readonly<Record<string, string>> {
    return { PCSCLITE_CSOCK_NAME: join(this.#folder, "run", "pcscd.comm") };
  }

  /** Puts a new card with factory settings into the next reader. Its PIN is 123456. */
  async insert(settings: CardSettings): Promise<VirtualCard> {
    const slot = this.#cards.length;
    if (slot >= SLOTS) {
      throw new Error("there are only two readers");
    }
    const card = await VirtualCard.start(settings, {
      reader: `${NAME} 00 0${String(slot)}`,
      port: PORT + slot,
      folder: this.#folder,
      enter: ["nsenter", "--target", String(this.#process.pid), "--user", "--net", "--preserve-credentials"],
    });
    this.#cards.push(card);
    await this.#untilSeen(card, true);
    card.clear();
    return card;
  }

  /** Stops only pcscd, as when its service is stopped. */
  async stopPcscd(): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.stdin.end();
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      await ended;
    }
  }

  async stop(): Promise<void> {
    for (const card of this.#cards) {
      await card.stop();
    }
    await this.stopPcscd();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Pulls a card. Its content stays. */
  async remove(card: VirtualCard): Promise<void> {
    await card.remove();
    await this.#untilSeen(card, false);
  }

  /** Runs Yubico's own tool on a card. It does not wait for a reader that pcscd is still busy with, so it is started again. */
  async pivTool({ reader }: VirtualCard, args: readonly string[], input = ""): Promise<string> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#run("yubico-piv-tool", ["-r", reader, ...args], input);
      } catch (error) {
        if (tries === 50 || !String(error).includes("Failed to connect to yubikey")) {
          throw error;
        }
        await sleep(100);
      }
    }
  }

  /** Puts a pulled card back, with its content. */
  async reinsert(card: VirtualCard): Promise<void> {
    await this.#untilSeen(card, false);
    await card.reinsert();
    await this.#untilSeen(card, true);
    card.clear();
  }

  /** A line of pcscd's log. */
  #log(line: string): void {
    const [, what, reader] = / Card (inserted into|Removed From) (.+)$/.exec(line) ?? [];
    if (reader !== undefined) {
      this.#occupied[what === "inserted into" ? "add" : "delete"](reader);
    }
  }

  /**
   * Waits until pcscd, which polls, has noticed an inserted or removed card. Its answers to clients do not show that: a failed
   * command is enough for it to report an empty reader, and it never notices a card that is back before it polls.
   */
  async #untilSeen({ reader }: VirtualCard, there: boolean): Promise<void> {
    const isSeen = (): boolean => {
      if (this.#process.exitCode !== null || this.#process.signalCode !== null) {
        throw new Error("pcscd has ended");
      }
      return this.#occupied.has(reader) === there;
    };
    await until(`pcscd sees ${reader} ${there ? "with" : "without"} its card`, isSeen, { pause: 10 });
  }

  /** Not the synchronous way: a card waits for this process at each command. */
  async #run(tool: string, args: readonly string[], input = ""): Promise<string> {
    const running = promisify(execFile)(findTool(tool) ?? tool, args, { env: { ...process.env, ...this.environment } });
    running.child.stdin?.on("error", () => undefined).end(input); // it may exit before it reads
    return (await running).stdout;
  }
}
