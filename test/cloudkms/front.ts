import type { CloudKmsRequest, Fault } from "./cloudKmsFaults";
import { METHODS } from "./methods";

/** One of the two interfaces: its recorded calls, and its pending faults. */
export class Front {
  readonly requests: CloudKmsRequest[] = [];
  readonly #faults = new Map<string, Fault[]>();

  inject(method: string, fault: Fault, times: number): void {
    if (!(method in METHODS)) {
      throw new Error(`no such method is served: ${method}`);
    }
    this.#faults.set(method, [...(this.#faults.get(method) ?? []), ...Array<Fault>(times).fill(fault)]);
  }

  /** Records the call and takes its fault, so that simultaneous calls get faults in order. */
  take(request: CloudKmsRequest): Fault | undefined {
    this.requests.push(request);
    return this.#faults.get(request.method)?.shift();
  }

  clear(): void {
    this.requests.length = 0;
    this.#faults.clear();
  }
}
