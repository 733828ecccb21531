import assert from "node:assert/strict";
import { ModuleProcess } from "../../../provider/kms/pkcs11/moduleProcess";
import { Pkcs11Kms } from "../../../provider/kms/pkcs11/pkcs11";
import { tokenKmsUri } from "../../../provider/kms/pkcs11/pkcs11Uri";
import { TokenAccess } from "../../../provider/kms/pkcs11/tokenAccess";
import { TokenLogins } from "../../../provider/kms/pkcs11/tokenLogins";
import { setEnvironment } from "../../fixtures/environment";
import { withCode } from "../../fixtures/withCode";
import { FaultyModule } from "../../pkcs11/faultyModule";
import { missingSoftHsm, PIN, softHsm } from "../../pkcs11/token";
import { type FaultyService, survivesFaults } from "../survivesFaults";

const ENVIRONMENT = { KMS_PKI_TOKEN_PIN: PIN };

let faulty: FaultyModule;
let keys = 0;

/** The module, whose faults are given one at a time, as faultyModule.c names them. */
function faultyService(): FaultyService<string> {
  const faults: string[] = [];
  return {
    get calls() {
      return faulty.calls;
    },
    inject: (method, fault) => {
      const earlier = faults.filter((each) => each.startsWith(`${method} `)).length;
      faults.push(`${method} ${String(earlier + 1)} ${fault}`);
      faulty.inject(...faults);
    },
    clear: () => {
      faults.length = 0;
      faulty.clear();
    },
  };
}

function open(limit?: number): Pkcs11Kms {
  const { modulePath } = faulty;
  const logins = new TokenLogins({ environment: ENVIRONMENT, config: () => undefined, rootDirectory: "/" });
  const limits = limit === undefined ? {} : { call: limit };
  const token = new TokenAccess({ modulePath, token: "ca" }, new ModuleProcess(modulePath, limits), logins);
  return new Pkcs11Kms(token, () => undefined);
}

survivesFaults({
  name: "pkcs11",
  skip: missingSoftHsm("cc"),
  start: () => {
    faulty = new FaultyModule(softHsm("ca"));
    setEnvironment(faulty.environment);
    return Promise.resolve(faultyService());
  },
  stop: () => Promise.resolve(),
  open: () => open(),
  openImpatiently: () => open(2_000),
  createKey: async (algorithm) => {
    const manager = open();
    keys += 1;
    const { uri } = await manager.createKey({ label: `key-${String(keys)}`, algorithm, owner: "urn:test" });
    await manager.close();
    return uri;
  },
  kms: () => tokenKmsUri({ modulePath: faulty.modulePath, token: "ca" }),
  environment: ENVIRONMENT,
  methods: { describe: "C_FindObjectsInit", sign: "C_Sign" },
  passing: [
    ...[
      ["CKR_SESSION_HANDLE_INVALID", "0xb3"],
      ["CKR_SESSION_CLOSED", "0xb0"],
      ["CKR_USER_NOT_LOGGED_IN", "0x101"],
      ["CKR_OPERATION_ACTIVE", "0x90"],
      ["CKR_DEVICE_REMOVED", "0x32"],
    ].map(([name, value]) => ({ what: `loses the session with ${String(name)}`, faults: () => [String(value)] })),
    { what: "loses the session after it performed the call", faults: () => ["after:0xb3"] },
  ],
  lasting: [
    {
      what: "has an internal error",
      faults: () => ["0x30"],
      code: "KMS_FAILED",
      message: /signing in the token "ca" failed: CKR_DEVICE_ERROR \(0x30\)/,
    },
    {
      what: "loses the token, and the next session too",
      faults: () => ["0x32", "0x32"],
      code: "CARD_REMOVED",
      message: /CKR_DEVICE_REMOVED/,
    },
    {
      what: "crashes",
      faults: () => ["crash"],
      code: "KMS_FAILED",
      message: /did not answer: it crashed \(SIGSEGV\)/,
    },
  ],
  neverAnswers: { faults: () => ["hang"], message: /did not answer within 2 seconds/ },
  cutAfter: () => "after:0xb3",
  flipSignatureBit: () => "flip",
  failure: (code, message) => (error) => {
    assert.ok(!String(error).includes(PIN));
    return withCode(code, message)(error);
  },
});
