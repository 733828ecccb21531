import type { Algorithm } from "../../../provider/kms/algorithms";
import { yubikey } from "../../../provider/kms/yubikey/descriptor";
import { YubiKeyPiv } from "../../../provider/kms/yubikey/yubikey";
import { YubiKeyCards } from "../../../provider/kms/yubikey/yubikeyCards";
import { YubiKeySecrets } from "../../../provider/kms/yubikey/yubikeySecrets";
import { yubiKeyUri } from "../../../provider/kms/yubikey/yubiKeyUri";
import { openReaders } from "../../../provider/piv/card";
import { SLOTS } from "../../../provider/piv/slots";
import { slotMark } from "../../../provider/x509/slotMark";
import { setEnvironment } from "../../fixtures/environment";
import { missing } from "../../tools";
import { VirtualReaders } from "../../yubikey/virtualReaders";
import { conformance } from "../conformance";

const secrets = { environment: { KMS_PKI_PIN: "123456" }, config: () => undefined, rootDirectory: "/" };
const notice = (): void => undefined;
/** PC/SC allows one client per process. Each instance has its own record of PINs and keys. */
const cards = new YubiKeyCards(openReaders);
const open = (): YubiKeyPiv =>
  new YubiKeyPiv(undefined, { cards, secrets: new YubiKeySecrets({ secrets, notice }), notice });
/** The last one stays empty. */
const free = SLOTS.slice(0, -1);
let readers: VirtualReaders;

conformance({
  kms: yubikey,
  skip: missing("pcscd", "piv-card", "opensc-tool"),
  start: async () => {
    readers = await VirtualReaders.start();
    setEnvironment(readers.environment);
    await readers.insert({ serial: 12_345_678, version: "5.2.4" });
  },
  stop: async () => {
    await cards.close();
    await readers.stop();
  },
  open,
  untestedAlgorithms: ["ED25519"], // the card does not have it
  createKey: (algorithm: Algorithm) =>
    open().turn(async (turn) => {
      const slot = free.shift();
      if (slot === undefined) {
        throw new Error("there are no more slots");
      }
      await turn.authenticate();
      const publicKey = await turn.generateKey(slot, { algorithm, pinPolicy: "always", touchPolicy: "never" });
      // With this firmware, only this shows the key.
      await turn.writeCertificate(slot, await slotMark("made", "urn:test", publicKey));
      return yubiKeyUri(slot);
    }),
  absentKey: yubiKeyUri("95"),
});
