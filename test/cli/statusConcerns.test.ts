import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exitCodeOf, serviceLine, statusConcerns, unknownServiceLine } from "../../provider/cli/statusConcerns";
import { IN_ORDER, OUT_OF_ORDER } from "./madeStatus";

const UNKNOWN_KEY = { keyUri: "softkms:path=x", state: "Enabled", discard: "rm x" };

void describe("What needs attention in a status", () => {
  void it("is nothing when all certificates are valid, and the line says which ends first", () => {
    const concerns = statusConcerns(IN_ORDER);
    assert.deepEqual(concerns, []);
    assert.equal(exitCodeOf(concerns), 0);
    assert.equal(
      serviceLine(IN_ORDER, concerns),
      "KMS-PKI OK: 2 certificates are valid, and the intermediate ends first, on 2027-01-01",
    );
  });

  void it("is everything that is wrong, the worst first, by the names of generations", () => {
    const concerns = statusConcerns(OUT_OF_ORDER, { asked: [], unknownKeys: [UNKNOWN_KEY, UNKNOWN_KEY] });
    assert.deepEqual(
      concerns.map(({ exitCode, text }) => `${String(exitCode)} ${text}`),
      [
        "2 the intermediate-g1 is broken: no root signed it",
        "2 the cross certificate of root-g1 by root ended on 2027-01-01",
        "2 the subordinate CA is not valid before 2026-01-01",
        "1 the intermediate-g2 ends on 2027-01-01",
        "1 intermediate-g3 waits for an answer",
        "1 gap in trust: nobody has root-g2 yet",
        "1 the revocation list of root-g1 is due",
        "1 the state does not know 2 keys",
      ],
    );
    assert.equal(exitCodeOf(concerns), 2);
    assert.match(
      serviceLine(OUT_OF_ORDER, concerns),
      /^KMS-PKI CRITICAL: the intermediate-g1 is broken: .*; .* 2 keys$/,
    );
  });

  void it("leaves out lists that are due, unless the services were asked", () => {
    const { certificates: _, requests: _requests, rotation: _rotation, ...lists } = OUT_OF_ORDER;
    const status = { ...lists, certificates: IN_ORDER.certificates };
    assert.deepEqual(statusConcerns(status), []);
    const asked = statusConcerns(status, { asked: [], unknownKeys: [UNKNOWN_KEY] });
    assert.equal(
      serviceLine(status, asked),
      "KMS-PKI WARNING: the revocation list of root-g1 is due; the state does not know 1 key",
    );
  });

  void it("is a list that has ended, but not that of a compromised CA", () => {
    const ended = OUT_OF_ORDER.revocationLists?.map((list) => ({ ...list, status: "expired" as const })) ?? [];
    const concerns = statusConcerns({ ...IN_ORDER, revocationLists: ended });
    assert.deepEqual(concerns, [{ exitCode: 2, text: "the revocation list of root-g1 is expired" }]);
  });

  void it("is that an authority has no certificates yet", () => {
    const waiting = { certificates: [], sshKeys: [], status: "waiting" } as const;
    assert.equal(
      serviceLine(waiting, statusConcerns(waiting)),
      "KMS-PKI WARNING: the authority has no certificates yet",
    );
  });

  void it("is on one line, whatever a message has", () => {
    assert.equal(unknownServiceLine("A: b\nc"), "KMS-PKI UNKNOWN: A: b");
  });
});
