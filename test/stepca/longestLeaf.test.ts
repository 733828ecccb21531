import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonObject } from "../../provider/stepca/jsonObject";
import { longestLeaf } from "../../provider/stepca/longestLeaf";

const HOUR = 3_600;
const DEFAULTS = { tls: 24 * HOUR, sshUser: 24 * HOUR, sshHost: 720 * HOUR };

function claims(max: string): JsonObject {
  return { claims: { maxTLSCertDuration: max } };
}

void describe("The longest leaf of a ca.json", () => {
  const configs: readonly { what: string; config: JsonObject; longest: object }[] = [
    { what: "from an empty ca.json", config: {}, longest: DEFAULTS },
    { what: "without claims", config: { authority: { provisioners: [{ type: "JWK" }] } }, longest: DEFAULTS },
    {
      what: "from the authority's claims",
      config: {
        authority: {
          claims: {
            maxTLSCertDuration: "2160h0m0s",
            maxUserSSHCertDuration: "16h",
            maxHostSSHCertDuration: "1440h",
            defaultTLSCertDuration: "9000h",
          },
          provisioners: [{ type: "JWK" }],
        },
      },
      longest: { tls: 2_160 * HOUR, sshUser: 16 * HOUR, sshHost: 1_440 * HOUR },
    },
    {
      what: "from the provisioner with the longest claims",
      config: { authority: { ...claims("1h"), provisioners: [claims("30m"), claims("90m"), {}] } },
      longest: { ...DEFAULTS, tls: 90 * 60 },
    },
    {
      what: "from the authority's claims where a provisioner sets none",
      config: { authority: { ...claims("2h"), provisioners: [claims("30m"), {}] } },
      longest: { ...DEFAULTS, tls: 2 * HOUR },
    },
    {
      what: "from provisioners that all claim less than the authority",
      config: { authority: { ...claims("2h"), provisioners: [claims("30m"), claims("1h")] } },
      longest: { ...DEFAULTS, tls: HOUR },
    },
  ];
  for (const { what, config, longest } of configs) {
    void it(`is computed ${what}`, () => {
      assert.deepEqual(longestLeaf(config), longest);
    });
  }

  const durations: readonly { text: string; seconds: number }[] = [
    { text: "1h30m", seconds: 5_400 },
    { text: "1.5h", seconds: 5_400 },
    { text: "90s", seconds: 90 },
    { text: "1m500ms", seconds: 61 },
    { text: "100ms", seconds: 1 },
    { text: "30d", seconds: DEFAULTS.tls },
    { text: "", seconds: DEFAULTS.tls },
    { text: "h", seconds: DEFAULTS.tls },
    { text: "24", seconds: DEFAULTS.tls },
  ];
  for (const { text, seconds } of durations) {
    void it(`reads ${JSON.stringify(text)} as Go does: ${String(seconds)} s`, () => {
      assert.equal(longestLeaf({ authority: claims(text) }).tls, seconds);
    });
  }
});
