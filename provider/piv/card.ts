import type { CardReaders } from "./cardConnection";
import type { PcscLimits } from "./pcscMessages";
import { PcscProcess } from "./pcscProcess";

/**
 * Opens the smart card readers of this machine, over PC/SC. They run in a process of their own, which ends when they
 * are closed or when this process ends. Open them once: each opening takes up slots of the PC/SC service.
 *
 * @throws PkiError `BACKEND_NOT_INSTALLED`, `PCSC_UNAVAILABLE` when the service is not running, `PERMISSION_DENIED`
 */
export async function openReaders(limits: PcscLimits = {}): Promise<CardReaders> {
  const readers = new PcscProcess(limits);
  await readers.open();
  return readers;
}
