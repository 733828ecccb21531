import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import {
  DisableKeyCommand,
  type KeyState,
  ReplicateKeyCommand,
  ScheduleKeyDeletionCommand,
  type Tag,
} from "@aws-sdk/client-kms";
import { awsKeyState, findTaggedKeys } from "../../../provider/kms/awskms/awskmsKeys";
import type { AwsKms } from "../../../provider/kms/awskms/awskms";
import { EmulatedKms } from "../../awskms/emulatedKms";
import { anyError, type Fault } from "../../awskms/kmsProxy";
import { withCode } from "../../fixtures/withCode";
import { missing } from "../../tools";

/** The number of keys in the region in the tests of pages. */
const KEYS = 8;

const TAG = { key: "pulumi-kms-pki", value: "acme/prod/ca-root" };

/** The ids of the keys that have the tag with a value. */
async function tagged(awsKms: AwsKms, value = TAG.value): Promise<string[]> {
  const found = await findTaggedKeys(awsKms, { key: TAG.key, isWanted: (each) => each === value });
  return found.map(({ keyId }) => keyId);
}

function tags(...pairs: readonly (readonly [string, string])[]): { Tags: Tag[] } {
  return { Tags: pairs.map(([TagKey, TagValue]) => ({ TagKey, TagValue })) };
}

/** Returns the keys in pages, because the emulator sends them all at once. */
function pages(size: number): Fault {
  return async (forward, { body }) => {
    const answer = await forward();
    const { Keys } = JSON.parse(answer.body.toString()) as { Keys: unknown[] };
    const { Marker = "page-at-0" } = body as { Marker?: string };
    const start = Number(Marker.replace("page-at-", ""));
    const next = start + size;
    const more = next < Keys.length ? { Truncated: true, NextMarker: `page-at-${String(next)}` } : { Truncated: false };
    return { ...answer, body: Buffer.from(JSON.stringify({ Keys: Keys.slice(start, next), ...more })) };
  };
}

/** A fault for the calls about one key. */
function ofKey(keyId: string, fault: Fault): Fault {
  return (forward, request) => (request.body["KeyId"] === keyId ? fault(forward, request) : forward());
}

void describe("The keys of AWS KMS with a tag", { skip: missing("ministack") }, () => {
  let kms: EmulatedKms;
  let awsKms: AwsKms;
  /** The ids of the expected keys, sorted. */
  let ours: string[];
  before(async () => {
    kms = await EmulatedKms.start();
    awsKms = kms.open();
    const owned = tags(["name", "root"], [TAG.key, TAG.value]);
    const disabled = await kms.createKey(owned);
    await kms.admin().send(new DisableKeyCommand({ KeyId: disabled }));
    const scheduled = await kms.createKey(owned);
    await kms.admin().send(new ScheduleKeyDeletionCommand({ KeyId: scheduled }));
    for (const others of [
      {},
      tags([TAG.key, "acme/prod/ca-root-2"]),
      tags([TAG.key, "acme/prod"]),
      tags(["name", TAG.value]),
      tags([TAG.key.toUpperCase(), TAG.value]),
    ]) {
      await kms.createKey(others);
    }
    await kms.createKey(owned, "eu-west-1");
    ours = [disabled, await kms.createKey(owned)].sort();
  });
  after(async () => {
    await awsKms.close();
    await kms.stop();
  });
  beforeEach(() => {
    kms.proxy.clear();
  });

  void it("are found, including disabled ones, but not those scheduled for deletion", async () => {
    assert.deepEqual(await tagged(awsKms), ours);
  });

  void it("are none when no key has the tag", async () => {
    assert.deepEqual(await tagged(awsKms, "acme/prod/ca-intermediate"), []);
  });

  void it("are searched for in the given region", async () => {
    const elsewhere = kms.open({ region: "eu-west-1" });
    const found = await tagged(elsewhere);
    assert.equal(found.length, 1);
    assert.ok(found.every((keyId) => !ours.includes(keyId)));
    await elsewhere.close();
  });

  for (const size of [1, 3, KEYS - 1, KEYS]) {
    void it(`are found in pages of ${String(size)}`, async () => {
      kms.proxy.inject("ListKeys", pages(size), 100);
      assert.deepEqual(await tagged(awsKms), ours);
      const asked = kms.proxy.requests.filter(({ operation }) => operation === "ListKeys");
      assert.deepEqual(
        asked.map(({ body }) => body["Marker"]),
        Array.from({ length: Math.ceil(KEYS / size) }, (_, page) =>
          page === 0 ? undefined : `page-at-${String(page * size)}`,
        ),
      );
    });
  }

  void it("are found beside keys whose tags cannot be read, and keys that were deleted meanwhile", async () => {
    const [first = "", second = ""] = ours;
    for (const error of ["AccessDeniedException", "NotFoundException"]) {
      kms.proxy.clear();
      kms.proxy.inject("ListResourceTags", ofKey(first, anyError(error, 400, "no")), 100);
      assert.deepEqual(await tagged(awsKms), [second]);
    }
  });

  void it("are unknown after any other error", async () => {
    const [first = ""] = ours;
    kms.proxy.inject("ListResourceTags", ofKey(first, anyError("ValidationException", 400, "no")), 100);
    await assert.rejects(async () => tagged(awsKms), withCode("KMS_FAILED", new RegExp(first)));
    kms.proxy.clear();
    kms.proxy.inject("ListKeys", anyError("AccessDeniedException", 400, "no"));
    await assert.rejects(
      async () => tagged(awsKms),
      withCode("PERMISSION_DENIED", /AWS denies kms:ListKeys on \*.*Allow kms:ListKeys/),
    );
    kms.proxy.clear();
    kms.proxy.inject("DescribeKey", anyError("AccessDeniedException", 400, "no"), 100);
    await assert.rejects(
      async () => tagged(awsKms),
      withCode("PERMISSION_DENIED", /kms:DescribeKey on the key [0-9a-f-]{36}/),
    );
  });

  void it("exclude a primary key that waits for the deletion of its replicas", async () => {
    const value = "acme/prod/multi-region";
    const keyId = await kms.createKey({ MultiRegion: true, ...tags([TAG.key, value]) });
    await kms.admin().send(new ReplicateKeyCommand({ KeyId: keyId, ReplicaRegion: "eu-west-1" }));
    assert.deepEqual(await tagged(awsKms, value), [keyId]);
    await kms.admin().send(new ScheduleKeyDeletionCommand({ KeyId: keyId }));
    assert.equal(await awsKeyState(awsKms, keyId), "PendingReplicaDeletion");
    assert.deepEqual(await tagged(awsKms, value), []);
  });
});

void describe("The state of a key in AWS KMS", { skip: missing("ministack") }, () => {
  let kms: EmulatedKms;
  before(async () => {
    kms = await EmulatedKms.start();
  });
  after(() => kms.stop());

  const states: readonly { state: KeyState; reach: (keyId: string) => Promise<unknown> }[] = [
    { state: "Enabled", reach: () => Promise.resolve() },
    { state: "Disabled", reach: (KeyId) => kms.admin().send(new DisableKeyCommand({ KeyId })) },
    { state: "PendingDeletion", reach: (KeyId) => kms.admin().send(new ScheduleKeyDeletionCommand({ KeyId })) },
  ];
  for (const { state, reach } of states) {
    void it(`is ${state}`, async () => {
      const keyId = await kms.createKey();
      await reach(keyId);
      const awsKms = kms.open();
      assert.equal(await awsKeyState(awsKms, keyId), state);
      await awsKms.close();
    });
  }

  void it("is unknown for a key that does not exist", async () => {
    const awsKms = kms.open();
    await assert.rejects(
      async () => awsKeyState(awsKms, "00000000-0000-4000-8000-000000000000"),
      withCode("KEY_NOT_FOUND", /no key 00000000-0000-4000-8000-000000000000/),
    );
    await awsKms.close();
  });
});
