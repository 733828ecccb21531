import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { hostOrder, type PlannedHost } from "../../../provider/cli/deploy/hostOrder";
import { hostSteps } from "../../../provider/cli/deploy/hostSteps";
import { type HostTrust, trustOf } from "../../../provider/cli/deploy/hostTrust";
import { chainIn } from "../../../provider/cli/deploy/servedChain";
import type { JsonObject } from "../../../provider/stepca/jsonObject";
import { Authority, BEGINNING } from "../authority";
import { type Phase, PHASES, RotatedAuthority } from "../rotation";

void describe("The order of several hosts", () => {
  let authority: Authority;
  const trust = {} as Record<Phase, HostTrust>;
  before(async () => {
    authority = await Authority.create();
    const rotated = await RotatedAuthority.create(authority, BEGINNING);
    for (const phase of PHASES) {
      const outputs = await rotated.outputs(phase);
      const roots = outputs["roots"] as { state: string; certificate: string }[];
      const activeFirst = [...roots].sort((one) => (one.state === "active" ? -1 : 1));
      trust[phase] = trustOf({
        config: outputs["caConfig"] as JsonObject,
        rootsPem: activeFirst.map(({ certificate }) => certificate).join(""),
        issuers: chainIn(outputs["intermediateBundle"] as string),
        sshLines: { user: outputs["sshUserPublicKey"] as string, host: outputs["sshHostPublicKey"] as string },
      });
    }
  });
  after(() => {
    authority.remove();
  });

  /** Hosts a, b, c in these phases, or in two of which it is not known which one step-ca has read. */
  function planned(next: Phase, present: readonly (Phase | undefined | readonly Phase[])[]): PlannedHost[] {
    return present.map((phases, at): PlannedHost => ({
      name: "abc".charAt(at),
      present: [phases ?? []].flat().map((phase) => trust[phase]),
      next: trust[next],
      isDone: phases === next,
    }));
  }

  /** The order for hosts a, b, c in these phases. */
  function order(
    next: Phase,
    present: readonly (Phase | undefined)[],
    unreachable: readonly string[] = [],
  ): ReturnType<typeof hostOrder> {
    return hostOrder(planned(next, present), unreachable);
  }

  const steps: readonly {
    next: Phase;
    present: readonly (Phase | undefined)[];
    names: string;
    unreachable?: string[];
    why?: string;
  }[] = [
    { next: "published", present: ["before", "before"], names: "ab", why: "what is published is used by nobody" },
    { next: "retiring", present: ["published", "published"], names: "ab" },
    { next: "after", present: ["retiring", "retiring"], names: "ab" },
    {
      next: "retiring",
      present: ["published", "retiring", "published"],
      names: "abc",
      why: "a run was cut off between two",
    },
    { next: "retiring", present: ["published", "before"], names: "ba", why: "the one that missed it comes first" },
    { next: "before", present: ["before", "before"], names: "ab", why: "nothing changes" },
    { next: "before", present: [undefined, undefined], names: "ab", why: "no host has a ca.json yet" },
    { next: "after", present: [undefined, "after"], names: "ab", why: "a new host joins" },
    { next: "published", present: ["before", "before"], names: "ab", unreachable: ["c"], why: "nothing new is used" },
    { next: "after", present: ["retiring", "retiring"], names: "ab", unreachable: ["c"], why: "what was used is used" },
  ];
  for (const { next, present, names, unreachable = [], why } of steps) {
    const from = present.map((phase) => phase ?? "none").join(", ");
    const cannot = unreachable.length > 0 ? ` while ${unreachable.join()} cannot be asked` : "";
    void it(`is ${names} from ${from} to ${next}${cannot}${why === undefined ? "" : `: ${why}`}`, () => {
      assert.deepEqual(order(next, present, unreachable), { names: Array.from(names), refusals: [] });
    });
  }

  void it("does not exist when more than one host missed what was published", () => {
    const { names, refusals } = order("retiring", ["before", "before"]);
    assert.deepEqual(names, []);
    assert.match(
      refusals.join("\n"),
      /a: b must trust it first, but the SSH user CA's key that it signs with is not trusted there/,
    );
    assert.match(refusals.join("\n"), /b: a must trust it first/);
  });

  void it("does not exist when the certificates of another authority would be served", () => {
    const { names, refusals } = order("after", ["before", "before"]);
    assert.deepEqual(names, []);
    assert.match(
      refusals.join("\n"),
      /a: b must trust it first, but the certificates that it serves lead to no root that is trusted there/,
    );
    assert.match(refusals.join("\n"), /a: it would no longer trust b: /);
  });

  void it("does not exist when a new key is to be used and a host cannot be asked whether it trusts it", () => {
    const { names, refusals } = order("retiring", ["published", "published"], ["c"]);
    assert.deepEqual(names, []);
    assert.match(refusals.join("\n"), /a: c cannot be asked whether it trusts what a would use/);
  });

  const stories: readonly {
    next: Phase;
    present: readonly (Phase | undefined | readonly Phase[])[];
    steps: string;
    why: string;
  }[] = [
    { next: "retiring", present: ["published", "before"], steps: "next b, next a", why: "an order exists" },
    {
      next: "retiring",
      present: ["before", "before"],
      steps: "trust a, trust b, next a, next b",
      why: "both missed it",
    },
    {
      next: "retiring",
      present: ["before", "published", "before"],
      steps: "trust a, trust c, next a, next b, next c",
      why: "those that missed it trust it first",
    },
    {
      next: "retiring",
      present: ["before", "before", undefined],
      steps: "trust a, trust b, next a, next b, next c",
      why: "a new host trusts all",
    },
    {
      next: "retiring",
      present: [["published", "before"], "before"],
      steps: "trust a, trust b, next a, next b",
      why: "whether the one trusts it is not known",
    },
    {
      next: "retiring",
      present: [["published", "before"], "published"],
      steps: "next a, next b",
      why: "the one of which it is not known comes first",
    },
  ];
  for (const { next, present, steps: expected, why } of stories) {
    const from = present.map((phases) => [phases ?? "none"].flat().join(" or ")).join(", ");
    void it(`has the steps ${expected} from ${from} to ${next}: ${why}`, () => {
      const { steps: found, refusals } = hostSteps(planned(next, present), []);
      assert.deepEqual(refusals, []);
      assert.equal(found.map(({ kind, name }) => `${kind} ${name}`).join(", "), expected);
    });
  }

  void it("keeps SSH keys that other hosts use while all of them give these up", () => {
    const sshOnly = (phase: Phase): HostTrust => ({ ...trust.before, ssh: trust[phase].ssh });
    const hosts = ["a", "b"].map((name): PlannedHost => ({
      ...{ name, present: [sshOnly("before")], next: sshOnly("after"), isDone: false },
    }));
    assert.deepEqual(
      hostSteps(hosts, []).steps.map(({ kind, name }) => `${kind} ${name}`),
      ["trust a", "trust b", "keep a", "keep b", "next a", "next b"],
    );
  });

  void it("keeps roots that the authority gave up while hosts still serve under them", () => {
    const hosts = planned("after", ["before", "before"]);
    assert.deepEqual(
      hostSteps(hosts, [], trust.before.roots).steps.map(({ kind, name }) => `${kind} ${name}`),
      ["trust a", "trust b", "keep a", "keep b", "next a", "next b"],
    );
    // One that has what is next does not trust what was, so nothing is kept for it.
    const one = hostSteps(planned("after", ["before", "after"]), [], trust.before.roots);
    assert.deepEqual(
      one.steps.map(({ kind, name }) => `${kind} ${name}`),
      ["next a", "next b"],
    );
    assert.match(hostSteps(hosts, ["c"], trust.before.roots).refusals.join(), /a: c cannot be asked whether it trusts/);
  });

  void it("makes no host trust another authority, and waits for hosts that cannot be asked", () => {
    assert.match(hostSteps(planned("after", ["before", "before"]), []).refusals.join(), /would no longer trust/);
    assert.match(
      hostSteps(planned("retiring", ["before", "before"]), ["c"]).refusals.join(),
      /^a: c cannot be asked whether it trusts what a would use/,
    );
  });
});
