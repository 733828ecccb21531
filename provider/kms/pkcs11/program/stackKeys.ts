import type { KeyName, KeyRole } from "../../../authority/keyNames";
import { PkiError } from "../../../errors";
import { defined, type StackKeys, type StackKms, type StackSettings } from "../../../keySources/stackKms";
import { withoutQuery } from "../../keyUri";
import { DEFAULT_MODULE, namesToken, parseTokenKmsUri, tokenKmsUri } from "../pkcs11Uri";
import { Pkcs11Keys } from "./pkcs11Keys";

/** PKCS#11 tokens in the root stack. */
export const stackKms: StackKms = {
  keys,
  rootKey: (settings, key) => {
    if (namesToken(key)) {
      const { modulePath, ...selector } = parseTokenKmsUri(key);
      const isModuleGiven = /[:;]module-path=/.test(withoutQuery(key));
      return {
        uri: key,
        kms: tokenKmsUri({ ...selector, modulePath: isModuleGiven ? modulePath : moduleOf(settings) }),
      };
    }
    const { token, tokenSerial: serial, slotId } = selectorOf(settings);
    return { uri: key, kms: tokenKmsUri({ modulePath: moduleOf(settings), token, serial, slotId }) };
  },
};

function keys(settings: StackSettings, roles: readonly KeyRole[]): StackKeys {
  const { token, tokenSerial, slotId } = selectorOf(settings);
  const made = new Pkcs11Keys({
    ...defined("modulePath", settings.optional("modulePath")),
    ...defined("stepCaModulePath", settings.optional("stepCaModulePath")),
    ...defined("token", token),
    ...defined("serial", tokenSerial),
    ...defined("slotId", slotId),
    ...defined("labelPrefix", settings.optional("labelPrefix")),
    ...defined("adopt", settings.byRole<string>("adopt", roles) as Partial<Record<KeyName, string>> | undefined),
    storeCertificates: settings.requireBoolean("storeCertificates"),
    deleteKeys: settings.requireBoolean("deleteKeys"),
  });
  return { root: made, intermediate: made, outputs: () => ({}) };
}

function moduleOf(settings: StackSettings): string {
  return settings.optional("modulePath") ?? DEFAULT_MODULE;
}

function selectorOf(settings: StackSettings): { token?: string; tokenSerial?: string; slotId?: number } {
  const slot = settings.optional("slotId");
  if (slot !== undefined && !/^\d{1,15}$/.test(slot)) {
    throw new PkiError(
      "CONFIG_INVALID",
      `kms-pki:slotId is "${slot}", which is no number of a slot`,
      "Give the number that pkcs11-tool --list-slots prints",
    );
  }
  return {
    ...defined("token", settings.optional("token")),
    ...defined("tokenSerial", settings.optional("tokenSerial")),
    ...defined("slotId", slot === undefined ? undefined : Number(slot)),
  };
}
