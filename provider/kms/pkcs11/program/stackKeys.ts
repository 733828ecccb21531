import type { KeyRole } from "../../../authority/keyNames";
import { PkiError } from "../../../errors";
import type { StackKeys, StackKms, StackSettings } from "../../../keySources/stackKms";
import {
  DEFAULT_MODULE,
  namesToken,
  parseTokenKmsUri,
  shownTokenUri,
  tokenKmsUri,
  type TokenSelector,
} from "../pkcs11Uri";
import { Pkcs11Keys } from "./pkcs11Keys";

/** PKCS#11 tokens in the root stack. */
export const stackKms: StackKms = {
  source: (args) => new Pkcs11Keys(args),
  keys,
  rootKey: (settings, key) => {
    if (namesToken(key)) {
      const { modulePath, ...selector } = parseTokenKmsUri(key);
      const isModuleGiven = /[:;]module-path=/.test(shownTokenUri(key));
      return {
        uri: key,
        kms: tokenKmsUri({ ...selector, modulePath: isModuleGiven ? modulePath : moduleOf(settings) }),
      };
    }
    return { uri: key, kms: tokenKmsUri({ modulePath: moduleOf(settings), ...selectorOf(settings) }) };
  },
};

function keys(settings: StackSettings, roles: readonly KeyRole[]): StackKeys {
  const made = new Pkcs11Keys({
    modulePath: settings.optional("modulePath"),
    stepCaModulePath: settings.optional("stepCaModulePath"),
    ...selectorOf(settings),
    labelPrefix: settings.optional("labelPrefix"),
    adopt: settings.byRole<string>("adopt", roles),
    storeCertificates: settings.requireBoolean("storeCertificates"),
    deleteKeys: settings.requireBoolean("deleteKeys"),
  });
  return { root: made, intermediate: made, outputs: () => ({}) };
}

function moduleOf(settings: StackSettings): string {
  return settings.optional("modulePath") ?? DEFAULT_MODULE;
}

function selectorOf(settings: StackSettings): TokenSelector {
  const slot = settings.optional("slotId");
  if (slot !== undefined && !/^\d{1,15}$/.test(slot)) {
    throw new PkiError(
      "CONFIG_INVALID",
      `kms-pki:slotId is "${slot}", which is not a slot number`,
      "Give the number that pkcs11-tool --list-slots prints",
    );
  }
  return {
    token: settings.optional("token"),
    serial: settings.optional("tokenSerial"),
    slotId: slot === undefined ? undefined : Number(slot),
  };
}
