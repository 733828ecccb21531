import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SETTING_NAMING } from "../../stack/argumentSettings";
import { certificateContent, refuseContentOfExistingRoot } from "../../stack/certificateContent";
import { contentSettings, PARTS } from "../../stack/contentSettings";
import { refuseUnknownSettings } from "../../stack/settings";
import { withCode } from "../fixtures/withCode";
import { setStackConfig } from "./stackConfig";

void describe("The structured settings of a certificate", () => {
  void it("are left out by default, as they were before", () => {
    setStackConfig({ name: "Example" });
    for (const part of PARTS) {
      assert.deepEqual(certificateContent(part), { validity: undefined, renewBefore: undefined });
    }
  });

  for (const part of PARTS) {
    for (const [argument, setting] of contentSettings(part).filter(([name]) => name !== "subject")) {
      void it(`give ${argument} of the ${part} from ${setting}`, () => {
        const value = argument === "inhibitAnyPolicy" ? 0 : [{ oid: "1.2.3" }];
        setStackConfig({ name: "Example", [setting]: value });
        assert.doesNotThrow(refuseUnknownSettings);
        assert.deepEqual(certificateContent(part)[argument], value);
        assert.equal(SETTING_NAMING.name(`${part}.${argument}[0].oid`), `kms-pki:${setting}[0].oid`);
      });
    }
  }

  const subjects: readonly { settings: Record<string, unknown>; subject: object }[] = [
    { settings: { rootCommonName: "R" }, subject: { commonName: "R" } },
    { settings: { rootSubject: { organization: "O" } }, subject: { commonName: "Example Root", organization: "O" } },
    { settings: { rootSubject: { commonName: "S" } }, subject: { commonName: "S" } },
    {
      settings: { rootSubject: { organization: "O" }, rootCommonName: "R" },
      subject: { commonName: "R", organization: "O" },
    },
  ];
  for (const { settings, subject } of subjects) {
    void it(`make a subject of ${JSON.stringify(settings)}`, () => {
      setStackConfig({ name: "Example", ...settings });
      assert.deepEqual(certificateContent("root").subject, subject);
    });
  }

  void it("are refused for a root that exists", () => {
    setStackConfig({ name: "Example", rootPolicies: [], intermediatePolicies: [] });
    assert.throws(
      refuseContentOfExistingRoot,
      withCode("CONFIG_INVALID", /kms-pki:rootPolicies is set.*pulumi config rm kms-pki:rootPolicies/),
    );
    setStackConfig({ name: "Example", intermediatePolicies: [] });
    assert.doesNotThrow(refuseContentOfExistingRoot);
  });
});
