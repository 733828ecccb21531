import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { authorityPlan, type AuthorityPlan } from "../../provider/authority/plan";
import { listCovering } from "../../provider/authority/plannedList";
import type { AuthorityStructure } from "../../provider/authority/structure";
import { ARGS, day } from "../rotation/rotations";
import { STRUCTURE } from "./structure";

function planAt(at: number, over: Partial<AuthorityStructure> = {}): AuthorityPlan {
  return authorityPlan("ca", { ...STRUCTURE, rotation: ARGS, ...over }, day(at));
}

/** The declared resources, by their names in the state. */
function declared({ declared: all }: AuthorityPlan): string[] {
  return all.map((each) => ("keyName" in each ? each.name : each.resource));
}

void describe("The plan of an authority", () => {
  void it("declares one of everything without a rotation", () => {
    const plan = planAt(10_000, { rotation: undefined });
    assert.deepEqual(declared(plan), [
      ...["ca-root-key", "ca-root", "ca-intermediate-key", "ca-intermediate", "ca-ssh-user-key", "ca-ssh-host-key"],
    ]);
    assert.equal(plan.isRotated, false);
    assert.deepEqual([plan.root.validity, plan.intermediate.validity], [undefined, undefined]);
    assert.ok(plan.keys.every(({ protect, generation }) => protect && generation === undefined));
    assert.deepEqual(plan.states, {
      root: "active",
      intermediate: "active",
      "ssh-user": "active",
      "ssh-host": "active",
    });
  });

  void it("has no SSH keys when SSH is off", () => {
    const plan = planAt(0, { ssh: false });
    assert.deepEqual(declared(plan), ["ca-root-key", "ca-root", "ca-intermediate-key", "ca-intermediate"]);
    assert.equal(plan.ssh, undefined);
    assert.deepEqual(plan.states, { root: "active", intermediate: "active" });
  });

  void it("has a revocation list for each CA whose key it makes, and covers each certificate by its issuer's", () => {
    const lists = (plan: AuthorityPlan): string[] =>
      plan.lists.map(({ name, resource, file, issuer, state, onlyContainsCACerts }) =>
        [name, resource, file, issuer.name, state, onlyContainsCACerts].join(" "),
      );
    assert.deepEqual(lists(planAt(92)), []);
    assert.deepEqual(lists(planAt(0, { hasLists: true, rotation: undefined })), [
      "root ca-root-crl root.crl root active true",
      "intermediate ca-intermediate-crl intermediate.crl intermediate active false",
    ]);
    const plan = planAt(92, { hasLists: true });
    assert.deepEqual(lists(plan), [
      "root ca-root-crl root.crl root active true",
      "root-g1 ca-root-g1-crl root-g1.crl root-g1 published true",
      "intermediate-g2 ca-intermediate-g2-crl intermediate-g2.crl intermediate-g2 active false",
    ]);
    const covering = [...plan.roots, ...plan.intermediates, ...plan.crossCertificates].map(
      (each) => `${each.name} ${listCovering(plan.lists, each)?.name ?? "none"}`,
    );
    assert.deepEqual(covering, [
      ...["root none", "root-g1 none", "intermediate-g2 root", "intermediate-g2-root-g1 root-g1"],
      "root-by-root-g1 root-g1",
    ]);
    const existing = planAt(92, { hasLists: true, hasExistingRoot: true });
    assert.deepEqual(
      existing.lists.map(({ name }) => name),
      ["root-g1", "intermediate-g2"],
    );
    assert.equal(listCovering(existing.lists, existing.intermediate), undefined);
  });

  void it("declares every existing generation after what it depends on", () => {
    assert.deepEqual(declared(planAt(92)), [
      ...["ca-root-key", "ca-root-g1-key", "ca-root", "ca-root-g1"],
      ...["ca-intermediate-g2-key", "ca-intermediate-g2", "ca-intermediate-g2-root-g1", "ca-root-by-root-g1"],
      ...["ca-ssh-user-g1-key", "ca-ssh-host-g1-key"],
    ]);
  });

  void it("makes no key for an existing root, and begins with the intermediate's", () => {
    assert.deepEqual(declared(planAt(92, { hasExistingRoot: true, ssh: false })), [
      ...["ca-intermediate-g2-key", "ca-root-g1-key", "ca-root", "ca-root-g1"],
      ...["ca-intermediate-g2", "ca-intermediate-g2-root-g1", "ca-root-by-root-g1"],
    ]);
    assert.deepEqual(
      planAt(92, { hasExistingRoot: true }).roots.map(({ key }) => key?.keyName),
      [undefined, "root-g1"],
    );
  });

  void it("names a key by its role, and what its generations share by the first generation", () => {
    const [user] = planAt(60).ssh?.user ?? [];
    assert.deepEqual(user, {
      ...{ part: "ssh-user", number: 1, state: "active", role: "ssh-user-key", keyName: "ssh-user-key-g1" },
      ...{ name: "ca-ssh-user-g1-key", sharedName: "ca-ssh-user-key", algorithm: "ECDSA_P256" },
      ...{ protect: false, protectShared: true },
      generation: { number: 1, state: "active", deleteWhenRetired: false },
    });
  });

  void it("gives SSH keys an algorithm that OpenSSH supports", () => {
    const { keys } = planAt(0, { algorithm: "RSA_3072_PSS" });
    assert.deepEqual(
      keys.map(({ role, algorithm }) => `${role} ${algorithm}`),
      [
        ...["root RSA_3072_PSS", "intermediate RSA_3072_PSS"],
        ...["ssh-user-key RSA_3072_PKCS1", "ssh-host-key RSA_3072_PKCS1"],
      ],
    );
  });

  void it("protects a key and its certificates only if they are never rotated", () => {
    const { intermediate } = ARGS;
    const plan = planAt(0, { rotation: intermediate === undefined ? {} : { intermediate } });
    const isProtected = Object.fromEntries(plan.declared.map((each) => [each.name, each.protect]));
    assert.deepEqual(isProtected, {
      ...{ "ca-root-key": true, root: true, "ca-intermediate-key": false, intermediate: false },
      ...{ "ca-ssh-user-key": true, "ca-ssh-host-key": true },
    });
  });

  // Roots change on day 100 (published from 90, gone from 120); intermediates on 40, 80, 120.
  const moments: readonly { when: string; at: number; roots: string[]; crt: string[]; intermediates: string[] }[] = [
    {
      when: "while the next root is published",
      at: 92,
      roots: ["root active", "root-g1 published"],
      crt: ["intermediate-g2", "root-by-root-g1"],
      intermediates: ["intermediate-g2 active", "intermediate-g2-root-g1 published"],
    },
    {
      when: "while the old root retires",
      at: 100,
      roots: ["root-g1 active", "root retiring"],
      crt: ["intermediate-g2-root-g1", "root-g1-by-root"],
      intermediates: ["intermediate-g2-root-g1 active", "intermediate-g2 retiring"],
    },
  ];
  for (const { when, at, roots, crt, intermediates } of moments) {
    void it(`lists what is in use first ${when}`, () => {
      const plan = planAt(at);
      assert.deepEqual(
        plan.roots.map(({ name, state }) => `${name} ${state}`),
        roots,
      );
      assert.deepEqual(
        plan.crt.map(({ name }) => name),
        crt,
      );
      assert.deepEqual(
        plan.intermediates.map(({ name, state }) => `${name} ${state}`),
        intermediates,
      );
      assert.deepEqual([plan.root, plan.intermediate], [plan.roots[0], plan.intermediates[0]]);
    });
  }

  void it("stores the certificate under the active root beside its key", () => {
    const stored = (at: number): (string | undefined)[] =>
      planAt(at).stored.map(({ certificates: [first] }) => first?.name);
    assert.deepEqual(stored(92), ["root", "root-g1", "intermediate-g2"]);
    assert.deepEqual(stored(100), ["root", "root-g1", "intermediate-g2-root-g1"]);
  });

  void it("stores a certificate beside a compromised key that was issued, whichever was", () => {
    const compromised = ["root", "intermediate"];
    const { stored, withdrawn } = planAt(10, { rotation: { ...ARGS, compromised } });
    assert.deepEqual(
      stored.map(({ key, certificates }) => [key.keyName, ...certificates.map(({ name }) => name)]),
      [
        ["root", "root"],
        ["root-g1", "root-g1"],
        // The first run that knew of both has never issued the former.
        ["intermediate", "intermediate-root-g1", "intermediate"],
        ["intermediate-g1", "intermediate-g1-root-g1", "intermediate-g1"],
      ],
    );
    assert.ok(withdrawn.some(({ name }) => name === "intermediate-root-g1"));
  });

  void it("starts the first root when it is issued, and its intermediate at the same time", () => {
    const { root, intermediate } = planAt(0);
    assert.deepEqual(Object.keys(root.validity ?? {}), ["notAfter"]);
    assert.equal(intermediate.validity?.notBefore, "1950-01-01T00:00:00Z");
    const later = planAt(100).root;
    assert.deepEqual(later.validity, { notBefore: later.notBefore, notAfter: later.notAfter });
  });

  // Keys change on day 60, are published from 50 and gone from 92.
  const sshMoments = [
    { when: "before", at: 0, signs: 0, keys: [], trusted: [0] },
    {
      when: "published",
      at: 50,
      signs: 0,
      keys: [
        [1, false],
        [1, true],
      ],
      trusted: [0, 1],
    },
    {
      when: "active",
      at: 60,
      signs: 1,
      keys: [
        [0, false],
        [0, true],
      ],
      trusted: [1, 0],
    },
    { when: "gone", at: 92, signs: 1, keys: [], trusted: [1] },
  ] as const;
  for (const { when, at, signs, keys, trusted } of sshMoments) {
    void it(`has the SSH keys of "${when}", each but the active one twice in ca.json`, () => {
      const { ssh } = planAt(at);
      assert.ok(ssh !== undefined);
      for (const type of ["user", "host"] as const) {
        assert.equal(ssh[type][0].number, signs);
        assert.deepEqual(
          ssh.entries.filter((entry) => entry.type === type).map(({ key, federated }) => [key.number, federated]),
          keys,
        );
        assert.deepEqual(
          ssh[type].map(({ part, number }) => [part, number]),
          trusted.map((number) => [`ssh-${type}`, number]),
        );
      }
    });
  }
});
