import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { promisify } from "node:util";
import { until } from "../fixtures/waiting";
import { NEW_EC_KEY, openssl } from "../fixtures/openssl";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { missing } from "../tools";
import type { VirtualCard } from "./virtualCard";
import { VirtualReaders } from "./virtualReaders";

const skip = missing("pcscd", "piv-card", "yubico-piv-tool", "opensc-tool", "openssl");
/** Wrong, where the PIN of a new card is 123456. */
const WRONG_PIN = "654321";

/** The error message of yubico-piv-tool. */
async function failureOf(running: Promise<string>): Promise<string> {
  return running.then(
    () => assert.fail("it did not fail"),
    (error: unknown) => (error as { stderr: string }).stderr,
  );
}

void describe("VirtualReaders", { skip }, () => {
  let readers: VirtualReaders;
  let card: VirtualCard;
  let other: VirtualCard;

  before(async () => {
    readers = await VirtualReaders.start();
    card = await readers.insert({ serial: 12_345_678, version: "5.2.4" });
    other = await readers.insert({ serial: 87_654_321, version: "5.4.3" });
  });
  beforeEach(() => {
    card.clear();
    other.clear();
  });
  after(() => readers.stop());

  void it("has two cards, each with its given serial number and version", async () => {
    assert.match(await readers.pivTool(card, ["-a", "status"]), /^Version:\t5\.2\.4\nSerial Number:\t12345678$/m);
    assert.match(await readers.pivTool(other, ["-a", "status"]), /^Version:\t5\.4\.3\nSerial Number:\t87654321$/m);
  });

  void it("has no third reader", async () => {
    await assert.rejects(readers.insert({ serial: 1, version: "5.4.3" }), /only two readers/);
  });

  void it("records which commands a card got, separately for each card", async () => {
    await readers.pivTool(card, ["-a", "generate", "-s", "9a", "-A", "ECCP256"]);
    assert.deepEqual(
      card.calls.filter((call) => /^(SELECT|AUTHENTICATE|GENERATE)/.test(call)),
      ["SELECT", "AUTHENTICATE", "AUTHENTICATE", "GENERATE 9a"],
    );
    assert.deepEqual(other.calls, []);
  });

  void it("has cards whose PIN tries count down", async () => {
    const triesLeft = async (): Promise<string | undefined> =>
      /PIN tries left:\t(\d+)/.exec(await readers.pivTool(other, ["-a", "status"]))?.[1];
    assert.equal(await triesLeft(), "3");
    assert.match(await failureOf(readers.pivTool(other, ["-a", "verify-pin", "-P", WRONG_PIN])), /2 tries left/);
    assert.equal(await triesLeft(), "2");
    await readers.pivTool(other, ["-a", "verify-pin", "-P", "123456"]);
    assert.equal(await triesLeft(), "3");
  });

  void it("has cards that keep what they hold while they are pulled", async () => {
    const key = join(temporaryDirectory(), "key.pem");
    const certificate = openssl([...["req", "-x509", ...NEW_EC_KEY, "-keyout", key, "-subj", "/CN=Kept"]]);
    await readers.pivTool(card, ["-a", "import-certificate", "-s", "9d"], certificate);

    await readers.remove(card);
    assert.match(await failureOf(readers.pivTool(card, ["-a", "version"])), /Failed to connect/);
    assert.match(await readers.pivTool(other, ["-a", "version"]), /5\.4\.3/);

    await readers.reinsert(card);
    assert.equal(await readers.pivTool(card, ["-a", "read-certificate", "-s", "9d"]), certificate);
  });

  void it("has cards that forget, when they are pulled, that the PIN was verified", async () => {
    // Then VERIFY without data returns the tries left, and before that 9000 (SP 800-73-4 part 2, 3.2.1).
    const select = "00:A4:04:00:05:A0:00:00:03:08";
    const verify = "00:20:00:80:08:31:32:33:34:35:36:FF:FF";
    const triesLeft = "00:20:00:80";
    const transmit = async (...apdus: readonly string[]): Promise<string> => {
      const args = ["-r", "0", ...apdus.flatMap((apdu) => ["-s", apdu])];
      return (await promisify(execFile)("opensc-tool", args, { env: { ...process.env, ...readers.environment } }))
        .stdout;
    };
    assert.match(await transmit(select, verify, triesLeft), /SW1=0x90, SW2=0x00\)\s*$/);
    await readers.remove(card);
    await readers.reinsert(card);
    assert.match(await transmit(select, triesLeft), /SW1=0x63, SW2=0xC3\)\s*$/);
  });

  void describe("a fault", () => {
    const generate = ["-a", "generate", "-s", "9e", "-A", "ECCP256"];

    void it("can answer in place of the card, which then never gets the command", async () => {
      card.inject("VERIFY", () => Promise.resolve(Buffer.from("6983", "hex")));
      assert.match(await failureOf(readers.pivTool(card, ["-a", "verify-pin", "-P", WRONG_PIN])), /blocked/);
      assert.match(await readers.pivTool(card, ["-a", "status"]), /PIN tries left:\t3/);
    });

    void it("can change what the card answers", async () => {
      card.inject("GENERATE 9e", async (forward) => {
        const answer = await forward();
        assert.equal(answer.subarray(0, 2).toString("hex"), "7f49");
        return Buffer.from("6a80", "hex");
      });
      assert.match(await failureOf(readers.pivTool(card, generate)), /Key generation failed/);
    });

    void it("answers 6F00 when it fails", async () => {
      card.inject("GENERATE 9e", () => Promise.reject(new Error("cut")));
      await failureOf(readers.pivTool(card, generate));
      assert.equal(card.calls.at(-1), "GENERATE 9e");
    });

    void it("occurs the given number of times, in the order of injection", async () => {
      const order: number[] = [];
      const note = (n: number) => (forward: () => Promise<Buffer>) => {
        order.push(n);
        return forward();
      };
      card.inject("GENERATE 9e", note(1), 2);
      card.inject("GENERATE 9e", note(2));
      for (let n = 0; n < 4; n += 1) {
        await readers.pivTool(card, generate);
      }
      assert.deepEqual(order, [1, 1, 2]);
    });

    void it("can hold the card in the middle of a command", async () => {
      let reached = (): void => undefined;
      let release = (): void => undefined;
      const atCommand = new Promise<void>((resolve) => (reached = resolve));
      const released = new Promise<void>((resolve) => (release = resolve));
      card.inject("GENERATE 9e", async (forward) => {
        reached();
        await released;
        return forward();
      });
      let ended = false;
      const running = readers.pivTool(card, generate).then(() => (ended = true));
      await atCommand;
      // The other card works meanwhile.
      await readers.pivTool(other, ["-a", "version"]);
      assert.equal(ended, false);
      release();
      await running;
    });

    void it("can pull the card in the middle of a command", async () => {
      card.inject("GENERATE 9e", async (forward) => {
        await card.remove();
        return forward();
      });
      await failureOf(readers.pivTool(card, generate));
      await readers.reinsert(card);
      assert.match(await readers.pivTool(card, ["-a", "version"]), /5\.2\.4/);
    });
  });

  void it("keeps working while other readers come and go, each with its own cards", async () => {
    const others = await VirtualReaders.start();
    try {
      const third = await others.insert({ serial: 3, version: "5.7.1" });
      assert.match(await others.pivTool(third, ["-a", "status"]), /Serial Number:\t3$/m);
      assert.match(await readers.pivTool(card, ["-a", "status"]), /Serial Number:\t12345678$/m);
    } finally {
      await others.stop();
    }
    assert.match(await readers.pivTool(card, ["-a", "version"]), /5\.2\.4/);
  });

  void it("cannot be reached from a network", () => {
    // The ports of this machine, in hex. vpcd listens on 8C7B.
    assert.doesNotMatch(readFileSync("/proc/net/tcp", "utf8"), /:8C7[BC] 00000000:0000 0A/);
  });

  void it("ends with the process that started it, however that ends", async () => {
    const script = `
      const { VirtualReaders } = require(${JSON.stringify(join(__dirname, "virtualReaders.js"))});
      VirtualReaders.start().then(async (readers) => {
        const card = await readers.insert({ serial: 4, version: "5.4.3" });
        console.log(card.process.pid, readers.environment.PCSCLITE_CSOCK_NAME);
      });`;
    const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const [pid = "", socket = ""] = line.toString().trim().split(" ");
    const cards = async (): Promise<string> => {
      const environment = { env: { ...process.env, PCSCLITE_CSOCK_NAME: socket } };
      return (await promisify(execFile)("opensc-tool", ["-l"], environment)).stdout;
    };
    assert.match(await cards(), /Yes .*YubiKey/);
    child.kill("SIGKILL");
    await once(child, "exit");
    const areThere = async (): Promise<boolean> =>
      isAlive(Number(pid)) || (await cards().catch(() => "")).includes("YubiKey");
    await until("the card and its readers have ended", async () => !(await areThere()));
  });
});

function isAlive(pid: number): boolean {
  try {
    // A zombie that has not been reaped no longer runs.
    return !readFileSync(`/proc/${String(pid)}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}
