import type { StackKms } from "../../../keySources/stackKms";
import { softKeyUri } from "../softKeyUri";
import { SoftKeys } from "./softKeys";

/** Keys in files, in the root stack. */
export const stackKms: StackKms = {
  source: (args) => new SoftKeys(args),
  keys: (settings, roles) => {
    const keys = new SoftKeys({
      directory: settings.optional("directory"),
      adopt: settings.byRole<string>("adopt", roles),
    });
    return { root: keys, intermediate: keys, outputs: () => ({}) };
  },
  // One letter before a colon is a Windows drive.
  rootKey: (_settings, key) => ({ uri: /^[a-z][a-z0-9+.-]+:/i.test(key) ? key : softKeyUri(key) }),
};
