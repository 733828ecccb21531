import { ModuleProcess } from "../../../provider/kms/pkcs11/moduleProcess";
import { Pkcs11Kms } from "../../../provider/kms/pkcs11/pkcs11";
import { tokenKeyUri } from "../../../provider/kms/pkcs11/pkcs11Uri";
import { TokenAccess } from "../../../provider/kms/pkcs11/tokenAccess";
import { TokenLogins } from "../../../provider/kms/pkcs11/tokenLogins";
import { setEnvironment } from "../../fixtures/environment";
import { PIN, type TestModule } from "../../pkcs11/token";
import type { BackendUnderTest } from "../conformance";

const logins = new TokenLogins({
  environment: { KMS_PKI_TOKEN_PIN: PIN },
  config: () => undefined,
  rootDirectory: "/",
});

/** Keys in the token `ca` of a module, for the tests of every KMS. */
export function tokenBackend(start: () => TestModule): Omit<BackendUnderTest, "kms"> {
  let module: TestModule;
  let keys = 0;
  const open = (): Pkcs11Kms => {
    const { modulePath } = module;
    return new Pkcs11Kms(
      new TokenAccess({ modulePath, token: "ca" }, new ModuleProcess(modulePath), logins),
      () => undefined,
    );
  };
  const once = async <T>(use: (manager: Pkcs11Kms) => Promise<T>): Promise<T> => {
    const manager = open();
    try {
      return await use(manager);
    } finally {
      await manager.close();
    }
  };
  return {
    start: () => {
      module = start();
      setEnvironment(module.environment);
      return Promise.resolve();
    },
    open,
    createKey: (algorithm) =>
      once(async (manager) => {
        keys += 1;
        return (await manager.createKey({ label: `key-${String(keys)}`, algorithm, owner: "urn:test" })).uri;
      }),
    absentKey: tokenKeyUri({ id: "00", label: "absent" }),
    deleteKey: (uri) =>
      once(async (manager) => {
        await manager.deleteKey(uri);
      }),
  };
}
