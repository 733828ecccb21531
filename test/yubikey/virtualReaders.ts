import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { LeashedServer } from "../fixtures/leashedServer";
import { findTool } from "../tools";
import { type CardSettings, VirtualCard } from "./virtualCard";

const NAME = "Yubico YubiKey OTP+FIDO+CCID";
const DRIVER = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
/** vpcd waits for a card on this port, and for a second one on the next. */
const PORT = 0x8c7b;
const SLOTS = 2;

/**
 * Becomes a pcscd with a private fixed folder and private ports: its socket is in `$1`, its settings are in `$2`. It hides /run,
 * because /run/pcscd may not exist yet, and USB with the real readers of this machine.
 */
const START = `ip link set lo up && mount -t tmpfs none /run && mkdir /run/pcscd && mount --bind "$1" /run/pcscd || exit
if [ -d /dev/bus/usb ]; then mount -t tmpfs none /dev/bus/usb || exit; fi
exec pcscd --foreground --info --config "$2"`;

/**
 * Smart card readers of a real pcscd for software cards. They cannot be reached from outside, because they have their own network.
 */
export class VirtualReaders {
  readonly #folder: string;
  readonly #pcscd: LeashedServer;
  readonly #cards: VirtualCard[] = [];

  private constructor(folder: string, pcscd: LeashedServer) {
    this.#folder = folder;
    this.#pcscd = pcscd;
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
    const within = ["--map-root-user", "--net", "--mount", "sh", "-c", START, "sh", run, settings];
    const pcscd = new LeashedServer("pcscd", "unshare", within);
    await pcscd.until("pcscd listens", () => existsSync(join(run, "pcscd.comm")), { pause: 20 });
    return new VirtualReaders(folder, pcscd);
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
      enter: ["nsenter", "--target", String(this.#pcscd.pid), "--user", "--net", "--preserve-credentials"],
    });
    this.#cards.push(card);
    await this.#untilSeen(card, true);
    card.clear();
    return card;
  }

  /** Stops only pcscd, as when its service is stopped. */
  async stopPcscd(): Promise<void> {
    await this.#pcscd.stop("SIGKILL");
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
        const isBusy = String(error).includes("Failed to connect to yubikey") && this.#sees(reader);
        if (tries === 50 || !isBusy) {
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

  /**
   * Waits until pcscd, which polls, has noticed an inserted or removed card. Its answers to clients do not show that: a failed
   * command is enough for it to report an empty reader, and it never notices a card that is back before it polls.
   */
  async #untilSeen({ reader }: VirtualCard, there: boolean): Promise<void> {
    await this.#pcscd.until(
      `pcscd sees ${reader} ${there ? "with" : "without"} its card`,
      () => this.#sees(reader) === there,
      { pause: 10 },
    );
  }

  /** Whether a card is in a reader, according to pcscd's log. */
  #sees(reader: string): boolean {
    const lastOf = (what: string): number => this.#pcscd.log.lastIndexOf(` Card ${what} ${reader}\n`);
    return lastOf("inserted into") > lastOf("Removed From");
  }

  /** Not the synchronous way: a card waits for this process at each command. */
  async #run(tool: string, args: readonly string[], input = ""): Promise<string> {
    const running = promisify(execFile)(findTool(tool) ?? tool, args, { env: { ...process.env, ...this.environment } });
    running.child.stdin?.on("error", () => undefined).end(input); // it may exit before it reads
    return (await running).stdout;
  }
}
