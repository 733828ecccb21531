import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  adoptedTag,
  type AwsKeyOwner,
  ownerTag,
  ownerTagPattern,
  taggedOwner,
} from "../../provider/kms/awskms/awsOwnerTag";
import { type CloudKeyOwner, labelledOwner } from "../../provider/kms/cloudkms/cloudOwnerLabel";
import { authorityIn, isOthersMark, isOwnMark, ownerMark, resourceIn } from "../../provider/kms/ownerMark";
import { authorityIdLifecycle } from "../../provider/lifecycle/authorityId";

const ID = "0123456789abcdef0123456789abcdef";
const OTHER_ID = "f".repeat(32);
const URN = "urn:pulumi:prod::acme::t$k::ca-root-key";
const FORMER_URN = "urn:pulumi:prod::acme::k::old-root-key";

void describe("The mark of a key in a file or a slot", () => {
  void it("consists of the URN and the id of the authority, and can be read back", () => {
    assert.equal(ownerMark(URN, ID), `${URN}#${ID}`);
    assert.equal(authorityIn(ownerMark(URN, ID)), ID);
    assert.equal(resourceIn(ownerMark(URN, ID)), URN);
  });

  void it("is only the URN for a key without an authority, whatever its name looks like", () => {
    for (const urn of [URN, `${URN}#1`, `${URN}#${ID.toUpperCase()}`]) {
      assert.equal(ownerMark(urn, undefined), urn);
      assert.equal(authorityIn(urn), undefined);
      assert.equal(resourceIn(urn), urn);
    }
  });

  const marks: readonly { mark: string; formerOwners?: readonly string[]; whose: string }[] = [
    { mark: ownerMark(URN, ID), whose: "own" },
    { mark: ownerMark(URN, OTHER_ID), whose: "another authority's" },
    { mark: ownerMark(FORMER_URN, ID), whose: "unknown" },
    { mark: ownerMark(FORMER_URN, ID), formerOwners: [ownerMark(FORMER_URN, ID)], whose: "own" },
    { mark: URN, whose: "unknown" },
    { mark: URN, formerOwners: [URN], whose: "own" },
  ];
  for (const { mark, formerOwners, whose } of marks) {
    void it(`${mark} is ${whose}${formerOwners === undefined ? "" : ", because the key had it before"}`, () => {
      const wanted = { owner: ownerMark(URN, ID), ...(formerOwners === undefined ? {} : { formerOwners }) };
      assert.equal(isOwnMark(mark, wanted), whose === "own");
      assert.equal(isOthersMark(mark, wanted), whose === "another authority's");
    });
  }

  void it("with an id belongs to another authority for a key without one", () => {
    assert.ok(isOthersMark(ownerMark(URN, ID), { owner: URN }));
  });
});

void describe("The tag of an AWS key", () => {
  const owner: AwsKeyOwner = { authorityId: ID, formerMarks: false, urns: [URN, FORMER_URN] };
  const tags: readonly { tag: string | undefined; by?: Partial<AwsKeyOwner>; whose: string }[] = [
    { tag: undefined, whose: "nobody" },
    { tag: `acme/prod/${ID}/ca-root-key`, whose: "own" },
    { tag: `acme/prod/${ID}/old-root-key`, whose: "own" },
    { tag: `acme/renamed/${ID}/ca-root-key`, whose: "own" },
    { tag: `acme/prod/${ID}/ca-intermediate-key`, whose: "another" },
    { tag: `acme/prod/${OTHER_ID}/ca-root-key`, whose: "another" },
    { tag: `acme/prod/${OTHER_ID}/ca-root-key`, by: { formerMarks: true }, whose: "another" },
    { tag: `acme/prod/${ID}/ca-root-key`, by: { authorityId: undefined }, whose: "another" },
    { tag: "acme/prod/ca-root-key", whose: "another" },
    { tag: "acme/prod/ca-root-key", by: { formerMarks: true }, whose: "former" },
    { tag: "acme/prod/old-root-key", by: { formerMarks: true }, whose: "former" },
    { tag: "acme/dev/ca-root-key", by: { formerMarks: true }, whose: "another" },
    { tag: `acme/prod/${ID}/ca-root-key:adopted`, whose: "adopted" },
    { tag: `acme/prod/${OTHER_ID}/ca-root-key:adopted`, whose: "another" },
    { tag: "acme/prod/ca-root-key:adopted", by: { formerMarks: true }, whose: "adopted" },
    { tag: "acme/prod/ca-root-key:adopted", whose: "another" },
    { tag: "", whose: "another" },
  ];
  for (const { tag, by, whose } of tags) {
    void it(`${tag ?? "that is missing"} is ${whose} to one of ${JSON.stringify({ id: ID, ...by })}`, () => {
      assert.equal(taggedOwner(tag, { ...owner, ...by }), whose);
    });
  }

  void it("is accepted by AWS and recognized, whatever the name of the resource", () => {
    for (const name of ["ca-root-key", "ca (prod)*?#é", "n".repeat(300)]) {
      const tag = ownerTag("acme", "prod", ID, name);
      assert.match(adoptedTag(tag), /^[\p{L}\p{N}\s_.:/=+\-@]{1,256}$/u);
      assert.equal(taggedOwner(tag, { ...owner, urns: [`urn:pulumi:prod::acme::k::${name}`] }), "own");
    }
  });

  void it("matches the pattern of its authority, and that of the stack", () => {
    const tag = ownerTag("acme", "prod", ID, "ca-root-key");
    assert.equal(ownerTagPattern("acme", "prod", ID), `acme/prod/${ID}/*`);
    assert.equal(ownerTagPattern("acme", "prod", undefined), "acme/prod/*");
    assert.ok(tag.startsWith(ownerTagPattern("acme", "prod", ID).slice(0, -1)));
    assert.ok(!ownerTag("acme", "prod", OTHER_ID, "x").startsWith(`acme/prod/${ID}/`));
  });
});

void describe("The label of a key in Cloud KMS", () => {
  const cases: readonly { label?: string; by: CloudKeyOwner; whose: string }[] = [
    { label: ID, by: { authorityId: ID, isUsedHere: false }, whose: "own" },
    { label: OTHER_ID, by: { authorityId: ID, isUsedHere: false }, whose: "others" },
    { label: OTHER_ID, by: { authorityId: undefined, isUsedHere: false }, whose: "others" },
    // A destroyed stack left the key, and the next one uses it.
    { label: OTHER_ID, by: { authorityId: ID, isUsedHere: true }, whose: "doubtful" },
    { by: { authorityId: ID, isUsedHere: false }, whose: "doubtful" },
    { by: { authorityId: undefined, isUsedHere: false }, whose: "doubtful" },
  ];
  for (const { label, by, whose } of cases) {
    void it(`${label ?? "that is missing"} makes the key ${whose} to ${JSON.stringify(by)}`, () => {
      assert.equal(labelledOwner(label, by), whose);
    });
  }
});

void describe("The id of an authority", () => {
  const lifecycle = authorityIdLifecycle();

  void it("is random, with only the lowercase letters and digits that a label allows", async () => {
    const made = await Promise.all([1, 2].map(() => lifecycle.create({ formerMarks: false })));
    for (const { id, state } of made) {
      assert.match(id, /^[0-9a-f]{32}$/);
      assert.equal(state.authorityId, id);
    }
    assert.notEqual(made[0]?.id, made[1]?.id);
  });

  void it("never changes, neither in a refresh nor when the program changes", async () => {
    const { state } = await lifecycle.create({ formerMarks: true });
    assert.deepEqual(await lifecycle.diff(state, { formerMarks: false }), { changes: false });
    assert.deepEqual(await lifecycle.read(state), state);
    assert.deepEqual(await lifecycle.update(state, { formerMarks: false }), state);
  });
});
