import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { join } from "node:path";
import { SmallDisk } from "../../fixtures/smallDisk";
import { temporaryDirectory } from "../../fixtures/temporaryDirectory";
import { missing } from "../../tools";
import { call } from "../testShell";
import { hostsOf, SimulatedFleet } from "./simulatedFleet";

const skip = missing("openssl", "unshare");

/** The files in a folder, relative to it. */
function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => !name.startsWith("filler"))
    .sort();
}

/** A small disk for the tests of a suite, with the folders of as many hosts. */
function withSmallDisk(hosts: number): { readonly disk: () => SmallDisk; readonly fleet: () => SimulatedFleet } {
  const mountPoint = temporaryDirectory();
  let disk: SmallDisk;
  let fleet: SimulatedFleet;
  before(async () => {
    disk = await SmallDisk.mount(mountPoint);
    fleet = await SimulatedFleet.create(hosts, () => join(disk.directory, "ca"));
  });
  after(async () => {
    await fleet.stop();
    await disk.unmount();
  });
  return { disk: () => disk, fleet: () => fleet };
}

void describe("kms-pki deploy to a host whose disk is full", { skip }, () => {
  const { disk, fleet } = withSmallDisk(1);
  before(async () => {
    const { code, text } = await fleet().firstRun("before");
    assert.equal(code, 0, text);
  });

  const reasons = new Set<string>();
  for (const { pages, code: expected } of [
    { pages: 0, code: 1 },
    { pages: 1, code: 1 },
    { pages: 3, code: 1 },
    { pages: 5, code: 2 }, // when ca.json is about to be replaced
  ]) {
    void it(`changes nothing, and names host and folder, when ${String(pages)} pages are free`, async () => {
      const [host] = fleet().hosts;
      assert.ok(host !== undefined);
      disk().fill(pages);
      const [files, config, signals] = [filesIn(host.directory), host.readCa("ca.json"), host.signals];
      const { code, events, text } = await fleet().deploy("published");
      const failure = events.find(({ event }) => event === "failed");
      assert.deepEqual([code, failure?.code], [expected, "HANDOVER_FAILED"], text);
      const reason =
        /^HANDOVER_FAILED: ca1: ([a-z. ]+) (\S+): [^]*No space left on device[^]*\. Make room in (\S+) there\. /.exec(
          failure?.message ?? "",
        );
      assert.deepEqual(reason?.slice(2), [host.directory, host.directory], text);
      reasons.add(reason[1] ?? "");
      const whole = (name: string): boolean => !/^certificates\/./.test(name);
      assert.deepEqual(filesIn(host.directory).filter(whole), files.filter(whole));
      assert.deepEqual([host.readCa("ca.json"), host.signals], [config, signals + expected - 1]);
      assert.equal((await fleet().statuses("before")).code, 0);
    });
  }

  void it("does so at the lock, at the files and at ca.json", () => {
    assert.deepEqual(
      [...reasons],
      ["the handover cannot begin in", "the files did not reach", "it is not known whether ca.json was replaced in"],
    );
  });

  void it("continues when there is room", async () => {
    disk().empty();
    const { code, events, text } = await fleet().deploy("published");
    assert.deepEqual([code, hostsOf(events, "served")], [0, ["ca1"]], text);
    assert.equal((await fleet().statuses("published")).code, 0);
  });

  void it("puts the previous ca.json back on a full disk, because that needs no room", async () => {
    const [host] = fleet().hosts;
    assert.ok(host !== undefined);
    const config = host.readCa("ca.json");
    const { code, text } = await fleet().deployWith("", "retiring", {
      ca1: { reload: `head -c 300000 /dev/zero >${join(disk().directory, "filler-file")}; false` },
    });
    assert.equal(code, 2, text);
    assert.equal(host.readCa("ca.json"), config);
    assert.equal(existsSync(host.inCa("hand-over")), false);
  });
});

void describe("kms-pki export into a folder without room", { skip }, () => {
  const { disk, fleet } = withSmallDisk(0);

  void it("names the file, leaves none half-written, and is finished by the next run", async () => {
    const directory = join(disk().directory, "ca");
    const exportNow = async (phase: "before" | "published"): ReturnType<typeof call> =>
      call(["export", "--outputs", await fleet().writeOutputs(phase), "--dir", directory], {
        cwd: fleet().authority.directory,
        environment: { PATH: process.env["PATH"] },
      });
    assert.equal((await exportNow("before")).exitCode, 0);
    const config = readFileSync(join(directory, "ca.json"), "utf8");
    const present = filesIn(directory);
    for (const pages of [0, 1]) {
      disk().fill(pages);
      const { exitCode, stderr } = await exportNow("published");
      assert.notEqual(exitCode, 0, `${String(pages)} pages: ${stderr}`);
      assert.match(
        stderr,
        /FILE_UNUSABLE: "\S+\/ca\/\S+" cannot be used: ENOSPC.*\. Make room there, then run this again/,
      );
      assert.equal(readFileSync(join(directory, "ca.json"), "utf8"), config);
      assert.deepEqual(
        filesIn(directory).filter((name) => name.startsWith(".")),
        [],
      );
    }
    disk().empty();
    assert.equal((await exportNow("published")).exitCode, 0);
    assert.ok(filesIn(directory).length > present.length);
  });
});
