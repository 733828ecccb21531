import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { hostOrder, type PlannedHost } from "../../../provider/cli/deploy/hostOrder";
import { type HostTrust, sshTrust } from "../../../provider/cli/deploy/hostTrust";
import { parseSshPublicKey } from "../../../provider/ssh/publicKeyLine";
import type { JsonObject } from "../../../provider/stepca/jsonObject";
import { readCertificates } from "../../../provider/x509/pem";
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
      const fingerprint = (name: string): string => parseSshPublicKey(outputs[name] as string)?.fingerprint ?? "";
      trust[phase] = {
        roots: activeFirst.flatMap(({ certificate }) => readCertificates(certificate, "root")),
        issuers: readCertificates(outputs["intermediateBundle"] as string, "bundle"),
        ssh: sshTrust(outputs["caConfig"] as JsonObject, {
          user: fingerprint("sshUserPublicKey"),
          host: fingerprint("sshHostPublicKey"),
        }),
      };
    }
  });
  after(() => {
    authority.remove();
  });

  /** The order for hosts a, b, c in these phases. */
  function order(
    next: Phase,
    present: readonly (Phase | undefined)[],
    unreachable: readonly string[] = [],
  ): ReturnType<typeof hostOrder> {
    const hosts = present.map((phase, at): PlannedHost => ({
      name: "abc".charAt(at),
      present: phase === undefined ? undefined : trust[phase],
      next: trust[next],
      isDone: phase === next,
    }));
    return hostOrder(hosts, unreachable);
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
});
