import { all, type ComponentResource, type Input, output, type Output } from "../../pulumi";
import { CertificateRequest } from "../../resources/certificateRequest";
import type { CertificateArgs } from "../../resources/certificateArgs";
import type { SigningKey } from "../../resources/signingKey";
import { pathPartsOf } from "../existingRootFacts";
import type { PlannedCertificate } from "../plannedCertificate";
import type { PlannedRequest } from "../plannedRequest";
import type { AuthoritySettings } from "./authoritySettings";
import { isAdopted } from "./adoptedFacts";
import { generationSubject } from "./generationSubject";

/** The intermediates that an issuer elsewhere signs: the requests, and the answers to them. */
export class ExternalIntermediates {
  readonly #settings: Pick<AuthoritySettings, "givenAnswers" | "intermediate">;
  /** By the name of the certificate, which is that of the request. */
  readonly #answers: Map<string, Input<string>>;
  readonly #requests = new Map<string, CertificateRequest>();

  constructor(settings: Pick<AuthoritySettings, "givenAnswers" | "intermediate">) {
    const { givenAnswers = {} } = settings;
    this.#settings = settings;
    const adopted = output(settings.intermediate.adopt).apply((adopt) => adopt?.certificatePem ?? "");
    this.#answers = new Map([
      ...(isAdopted(settings.intermediate) ? [["intermediate", adopted] as const] : []),
      ...(typeof givenAnswers === "function" ? [] : Object.entries(givenAnswers)),
    ]);
  }

  /** Declares a request, and asks for the answer if the program has a function for that. */
  declareRequest({ name, key, resource }: PlannedRequest, own: SigningKey, parent: ComponentResource): void {
    const { renewBefore: _renewBefore, validity: _validity, adopt: _adopt, ...content } = this.#settings.intermediate;
    const subject = generationSubject(content.subject, key.number);
    const request = new CertificateRequest(resource, { ...content, subject, key: own }, { parent });
    this.#requests.set(name, request);
    const { givenAnswers } = this.#settings;
    if (typeof givenAnswers === "function") {
      this.#answers.set(name, givenAnswers(request, name));
    }
  }

  get requests(): readonly CertificateRequest[] {
    return [...this.#requests.values()];
  }

  /** A request by the name of its intermediate. */
  request(name: string): CertificateRequest {
    const request = this.#requests.get(name);
    if (request === undefined) {
      throw new Error("the plan names a request that was not declared"); // impossible
    }
    return request;
  }

  /** The arguments of a certificate that an issuer elsewhere has signed. */
  argsOf({ name, subject, state }: PlannedCertificate, key: SigningKey): CertificateArgs {
    const answerPem = this.#answers.get(name);
    const { adopt: _adopt, ...intermediate } = this.#settings.intermediate;
    return {
      ...{ ...intermediate, subject: generationSubject(intermediate.subject, subject), key, profile: "intermediate" },
      // A compromised key asks for nothing, so its answer may be gone. Nothing reads it any more.
      ...(answerPem === undefined && state === "compromised" ? {} : { issuer: "external", answerPem }),
      ...(state === "compromised" ? { withdrawn: true } : {}),
    };
  }

  /** The roots above the answers, in the order of the certificates. */
  rootsOf(certificates: readonly PlannedCertificate[]): Output<string[]> {
    return all(certificates.map(({ name }) => output(this.#answers.get(name)))).apply((answers) => [
      ...new Set(answers.flatMap((answer) => (answer === undefined ? [] : [pathPartsOf(answer).root]))),
    ]);
  }
}
