import type { CardReaders } from "./cardConnection";
import type { PcscLimits } from "./pcscMessages";
import { PcscProcess } from "./pcscProcess";

/**
 * The smart card readers of this machine, over PC/SC. They are in a process of their own, which ends when they are closed, or with
 * this one. To be opened once: each holds places in the PC/SC service.
 *
 * @throws PkiError `BACKEND_NOT_INSTALLED`, `PCSC_UNAVAILABLE` when the service does not run, `PERMISSION_DENIED`
 */
export async function openReaders(limits: PcscLimits = {}): Promise<CardReaders> {
  const readers = new PcscProcess(limits);
  await readers.open();
  return readers;
}
