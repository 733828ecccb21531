import assert from "node:assert/strict";
import type { KeyObject } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { inspect } from "node:util";
import { DisableKeyCommand, ScheduleKeyDeletionCommand } from "@aws-sdk/client-kms";
import type { ErrorCode } from "../../provider/errors";
import type { Algorithm } from "../../provider/kms/algorithms";
import type { AwsKms, AwsKmsOptions } from "../../provider/kms/awskms";
import { type CertificateInputs, certificateLifecycle } from "../../provider/lifecycle/certificate";
import { arnOf, EmulatedKms, inEnvironment, REGION, SECRET_ACCESS_KEY } from "../awskms/emulatedKms";
import {
  anyError,
  cutAfterRequest,
  cutBeforeRequest,
  type Fault,
  flipSignatureBit,
  neverAnswers,
  serverError,
  throttle,
} from "../awskms/kmsProxy";
import { Project } from "../fixtures/lifecycleContext";
import { openssl } from "../fixtures/openssl";
import { SIGNATURE_SCHEMES, verifies } from "../fixtures/signatureSchemes";
import { withCode } from "../fixtures/withCode";
import { missing } from "../tools";

/** A call is tried so often. */
const ATTEMPTS = 6;

const MESSAGE = Buffer.from("message");

/** Looked for in every error. */
const SESSION_TOKEN = "session-token-Lm5tYz2";

const ABSENT = "00000000-0000-4000-8000-000000000000";

void describe("AWS KMS when it fails", { skip: missing("ministack") }, () => {
  let kms: EmulatedKms;
  let awsKms: AwsKms;
  let keyId: string;
  let publicKeyPem: string;
  before(async () => {
    kms = await EmulatedKms.start();
    process.env["AWS_SESSION_TOKEN"] = SESSION_TOKEN;
    awsKms = kms.open({ region: REGION });
    keyId = await kms.createKey();
    publicKeyPem = pem(await awsKms.describeKey(keyId));
  });
  after(async () => {
    await awsKms.close();
    await kms.stop();
  });
  beforeEach(() => {
    kms.proxy.clear();
  });

  /** Signs with a key whose public half is known, so that nothing but `Sign` is called. */
  const sign = async (uri: string, algorithm: Algorithm = "ECDSA_P256", known = publicKeyPem): Promise<Uint8Array> => {
    const signer = await awsKms.createSigner({ uri, algorithm, publicKeyPem: known });
    return signer.sign(MESSAGE);
  };

  const isSignature = async (signature: Uint8Array): Promise<boolean> => {
    const { publicKey } = await awsKms.describeKey(keyId);
    return verifies(SIGNATURE_SCHEMES.ECDSA_P256, MESSAGE, publicKey, signature);
  };

  const passing: readonly { what: string; fault: () => Fault; times: number }[] = [
    { what: "is throttled twice", fault: throttle, times: 2 },
    { what: "has two errors of its own", fault: serverError, times: 2 },
    { what: "is cut off before it hears of the call", fault: cutBeforeRequest, times: 1 },
    { what: "is cut off after it has done what it was asked", fault: cutAfterRequest, times: 1 },
  ];
  for (const { what, fault, times } of passing) {
    void it(`tells of a key and signs all the same when it ${what}`, async () => {
      kms.proxy.inject("GetPublicKey", fault(), times);
      assert.equal(pem(await awsKms.describeKey(keyId)), publicKeyPem);
      kms.proxy.inject("Sign", fault(), times);
      const signature = await sign(keyId);
      assert.deepEqual(kms.proxy.calls, [
        ...Array<string>(times + 1).fill("GetPublicKey"),
        ...Array<string>(times + 1).fill("Sign"),
      ]);
      assert.ok(await isSignature(signature));
    });
  }

  const lasting: readonly { what: string; fault: () => Fault; code: ErrorCode; message: RegExp }[] = [
    {
      what: "has errors of its own",
      fault: serverError,
      code: "KMS_UNAVAILABLE",
      message: /did not do Sign on the key [0-9a-f-]{36}, tried several times: .* Run again later/,
    },
    {
      what: "has errors that nobody knows",
      fault: () => anyError("SomethingNewException", 503, "new"),
      code: "KMS_UNAVAILABLE",
      message: /tried several times: new\. Run again later/,
    },
    { what: "is cut off", fault: cutBeforeRequest, code: "KMS_UNREACHABLE", message: /in us-east-1 does not answer/ },
  ];
  for (const { what, fault, code, message } of lasting) {
    void it(`is ${code} when it ${what} each time`, async () => {
      kms.proxy.inject("Sign", fault(), ATTEMPTS);
      await assert.rejects(async () => sign(keyId), failure(code, message));
      assert.deepEqual(kms.proxy.calls, Array<string>(ATTEMPTS).fill("Sign"));
      assert.ok(await isSignature(await sign(keyId)), "afterwards it works again");
    });
  }

  void it("is KMS_UNAVAILABLE when the last of its tries is throttled", async () => {
    // The SDK waits longer after each throttled call, and this is the one after which it does not.
    kms.proxy.inject("Sign", serverError(), ATTEMPTS - 1);
    kms.proxy.inject("Sign", throttle());
    await assert.rejects(
      async () => sign(keyId),
      failure("KMS_UNAVAILABLE", /tried several times: Rate exceeded\. Run/),
    );
    assert.equal(kms.proxy.calls.length, ATTEMPTS);
  });

  void it("is KMS_UNREACHABLE when it never answers", async () => {
    const impatient = kms.open({ requestTimeout: 100 });
    kms.proxy.inject("GetPublicKey", neverAnswers(), ATTEMPTS);
    await assert.rejects(async () => impatient.describeKey(keyId), failure("KMS_UNREACHABLE", /does not answer/));
    assert.equal(kms.proxy.calls.length, ATTEMPTS);
    await impatient.close();
  });

  void it("is KMS_UNREACHABLE when nobody listens", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    server.close();
    await once(server, "close");
    const endpoint = `http://127.0.0.1:${String(address.port)}`;
    await inEnvironment({ AWS_ENDPOINT_URL_KMS: endpoint }, async () => {
      const nobody = kms.open();
      const remedy = /ECONNREFUSED.*Look at the network, the region and AWS_ENDPOINT_URL_KMS/;
      await assert.rejects(async () => nobody.describeKey(keyId), failure("KMS_UNREACHABLE", remedy));
      await nobody.close();
    });
  });

  /** How AWS refuses. The emulator cannot be brought to most of it. */
  const refusals: readonly {
    operation: "GetPublicKey" | "Sign";
    name: string;
    says: string;
    code: ErrorCode;
    message: RegExp;
  }[] = [
    ...(["GetPublicKey", "Sign"] as const).flatMap((operation) => [
      {
        operation,
        name: "AccessDeniedException",
        says: `User: arn:aws:iam::111122223333:user/ca is not authorized to perform: kms:${operation}`,
        code: "PERMISSION_DENIED" as const,
        message: new RegExp(
          `AWS denies kms:${operation} on the key [0-9a-f-]{36} in us-east-1\\. Allow kms:${operation} on it`,
        ),
      },
      {
        operation,
        name: "DisabledException",
        says: `${arnOf(`key/${ABSENT}`)} is disabled.`,
        code: "KEY_DISABLED" as const,
        message:
          /the key [0-9a-f-]{36} in us-east-1 is disabled\. Enable it: aws kms enable-key --key-id [0-9a-f-]{36}\./,
      },
      // "DisabledException or KMSInvalidStateException", says the developer guide of a key that is pending deletion.
      ...["DisabledException", "KMSInvalidStateException"].map((name) => ({
        operation,
        name,
        says: `${arnOf(`key/${ABSENT}`)} is pending deletion.`,
        code: "KEY_PENDING_DELETION" as const,
        message:
          /is scheduled for deletion\. To keep it: aws kms cancel-key-deletion --key-id [0-9a-f-]{36} && aws kms/,
      })),
    ]),
    {
      operation: "Sign",
      name: "KMSInvalidStateException",
      says: `${arnOf(`key/${ABSENT}`)} is unavailable.`,
      code: "KEY_UNUSABLE",
      message: /cannot be used: .* is unavailable\. See its state with aws kms describe-key/,
    },
    {
      operation: "GetPublicKey",
      name: "InvalidArnException",
      says: "Invalid arn us-west-2",
      code: "KEY_URI_INVALID",
      message: /AWS does not take "[0-9a-f-]{36}" as a key in us-east-1/,
    },
    {
      operation: "Sign",
      name: "ExpiredTokenException",
      says: "The security token included in the request is expired",
      code: "CREDENTIALS_REJECTED",
      message: /The security token included in the request is expired\. Renew them \(aws sso login/,
    },
    {
      operation: "GetPublicKey",
      name: "UnrecognizedClientException",
      says: "The security token included in the request is invalid.",
      code: "CREDENTIALS_REJECTED",
      message: /is invalid\. Renew them/,
    },
    {
      operation: "Sign",
      name: "InvalidSignatureException",
      says:
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access " +
        "Key and signing method. Consult the service documentation for details.\n\nThe Canonical String for this " +
        `request should have been\n'POST\n/\n\nhost:kms.${REGION}.amazonaws.com\nx-amz-security-token:${SESSION_TOKEN}\n'`,
      code: "CREDENTIALS_REJECTED",
      message: /does not match the signature you provided\. .* for details\. Renew them/,
    },
    {
      operation: "Sign",
      name: "IncompleteSignatureException",
      says: "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
      code: "CREDENTIALS_REJECTED",
      message: /Renew them/,
    },
    {
      operation: "GetPublicKey",
      name: "MissingAuthenticationTokenException",
      says: "Missing Authentication Token",
      code: "CREDENTIALS_REJECTED",
      message: /Renew them/,
    },
    {
      operation: "Sign",
      name: "ValidationException",
      says: "1 validation error detected",
      code: "KMS_FAILED",
      message: /refused Sign on the key [0-9a-f-]{36} in us-east-1: ValidationException: 1 validation error detected\./,
    },
  ];
  for (const { operation, name, says, code, message } of refusals) {
    const [shown = ""] = says.replace(/arn:\S+ /, "").split(/[.\n]/);
    void it(`is ${code} after ${name} of ${operation}: ${shown}`, async () => {
      kms.proxy.inject(operation, anyError(name, 400, says), ATTEMPTS);
      const call = operation === "Sign" ? (): Promise<unknown> => sign(keyId) : () => awsKms.describeKey(keyId);
      await assert.rejects(call, failure(code, message));
    });
  }

  const states: readonly {
    what: string;
    make: () => Promise<string>;
    call: (uri: string) => Promise<unknown>;
    code: ErrorCode;
    message: RegExp;
  }[] = [
    {
      what: "a disabled key",
      make: async () => {
        const KeyId = await kms.createKey();
        await kms.admin().send(new DisableKeyCommand({ KeyId }));
        return KeyId;
      },
      call: (uri) => sign(uri),
      code: "KEY_DISABLED",
      message: /enable-key/,
    },
    {
      what: "a key that is scheduled for deletion",
      make: async () => {
        const KeyId = await kms.createKey();
        await kms.admin().send(new ScheduleKeyDeletionCommand({ KeyId }));
        return KeyId;
      },
      call: (uri) => sign(uri),
      code: "KEY_PENDING_DELETION",
      message: /cancel-key-deletion/,
    },
    {
      what: "a key that is not there",
      make: () => Promise.resolve(ABSENT),
      call: (uri) => sign(uri),
      code: "KEY_NOT_FOUND",
      message: /there is no key 00000000-0000-4000-8000-000000000000 in us-east-1\. .*kms-pki:region/,
    },
    {
      what: "an alias that is not there, in another region",
      make: () => Promise.resolve(arnOf("alias/absent", "eu-west-1")),
      call: (uri) => awsKms.describeKey(uri),
      code: "KEY_NOT_FOUND",
      message: /there is no key arn:aws:kms:eu-west-1:\d+:alias\/absent in eu-west-1/,
    },
    {
      what: "a symmetric key",
      make: () => kms.createKey({ KeyUsage: "ENCRYPT_DECRYPT", KeySpec: "SYMMETRIC_DEFAULT" }),
      call: (uri) => awsKms.describeKey(uri),
      code: "KEY_UNUSABLE",
      message: /of a kind with which AWS does no GetPublicKey\. Use an asymmetric key whose usage is SIGN_VERIFY/,
    },
    {
      what: "a symmetric key whose public half is said to be known",
      make: () => kms.createKey({ KeyUsage: "ENCRYPT_DECRYPT", KeySpec: "SYMMETRIC_DEFAULT" }),
      call: (uri) => sign(uri),
      code: "KEY_UNUSABLE",
      message: /does no Sign/,
    },
    {
      what: "an HMAC key",
      make: () => kms.createKey({ KeyUsage: "GENERATE_VERIFY_MAC", KeySpec: "HMAC_256" }),
      call: (uri) => awsKms.describeKey(uri),
      code: "KEY_UNUSABLE",
      message: /SIGN_VERIFY/,
    },
    {
      what: "a key that encrypts",
      make: () => kms.createKey({ KeyUsage: "ENCRYPT_DECRYPT", KeySpec: "RSA_2048" }),
      call: (uri) => awsKms.describeKey(uri),
      code: "KEY_UNUSABLE",
      message: /has the usage ENCRYPT_DECRYPT\. Use an asymmetric key whose usage is SIGN_VERIFY/,
    },
    {
      what: "a key that encrypts, for a signer",
      make: () => kms.createKey({ KeyUsage: "ENCRYPT_DECRYPT", KeySpec: "RSA_2048" }),
      call: (uri) => awsKms.createSigner({ uri, algorithm: "RSA_2048_PSS" }),
      code: "KEY_UNUSABLE",
      message: /ENCRYPT_DECRYPT/,
    },
    {
      what: "a key of another spec than was known",
      make: () => kms.createKey({ KeySpec: "ECC_NIST_P384" }),
      call: (uri) => sign(uri),
      code: "KEY_UNUSABLE",
      message: /does not sign with this algorithm/,
    },
    {
      what: "a key for which this package has no algorithm",
      make: () => kms.createKey({ KeySpec: "ECC_SECG_P256K1" }),
      call: (uri) => awsKms.createSigner({ uri, algorithm: "ECDSA_P256" }),
      code: "ALGORITHM_UNSUPPORTED",
      message:
        /does not sign with ECDSA_P256\. Choose an algorithm that fits the key, one of ECDSA_P256, (?!.*ED25519)/,
    },
  ];
  for (const { what, make, call, code, message } of states) {
    void it(`is ${code} for ${what}`, async () => {
      const uri = await make();
      await assert.rejects(async () => call(uri), failure(code, message));
    });
  }

  const surroundings: readonly {
    what: string;
    environment: Readonly<Record<string, string | undefined>>;
    options?: Partial<AwsKmsOptions>;
    code: ErrorCode;
    message: RegExp;
  }[] = [
    {
      what: "no region",
      environment: { AWS_REGION: undefined },
      code: "REGION_MISSING",
      message: /no AWS region is given\. Set AWS_REGION .* kms-pki:region/,
    },
    {
      what: "no credentials",
      environment: { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined },
      code: "CREDENTIALS_MISSING",
      message: /no AWS credentials are found: .* set kms-pki:profile or kms-pki:credentialsFile/,
    },
    {
      what: "a profile that is not there",
      environment: {},
      options: { profile: "absent" },
      code: "CREDENTIALS_MISSING",
      message: /no AWS credentials are found/,
    },
    {
      what: "a credentials file that is not there",
      environment: { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined },
      options: { credentialsFile: "absent" },
      code: "CREDENTIALS_MISSING",
      message: /no AWS credentials are found/,
    },
  ];
  for (const { what, environment, options, code, message } of surroundings) {
    void it(`is ${code} with ${what}, and nothing is asked`, async () => {
      await inEnvironment(environment, async () => {
        const other = kms.open(options);
        await assert.rejects(async () => other.describeKey(keyId), failure(code, message));
        await other.close();
      });
      assert.deepEqual(kms.proxy.calls, []);
    });
  }

  void describe("and a certificate", () => {
    const algorithms = [
      ["ECDSA_P256", "ECC_NIST_P256"],
      ["RSA_2048_PKCS1", "RSA_2048"],
      ["RSA_2048_PSS", "RSA_2048"],
    ] as const;
    const rootInputs = async (algorithm: Algorithm, spec: "ECC_NIST_P256" | "RSA_2048"): Promise<CertificateInputs> => {
      const description = await awsKms.describeKey(await kms.createKey({ KeySpec: spec }));
      const signingKey = { uri: description.uri, algorithm };
      return { profile: "root", subject: { commonName: "Root" }, signingKey, publicKeyPem: pem(description) };
    };

    for (const [algorithm, spec] of algorithms) {
      void it(`of ${algorithm} is refused whose signature has a wrong bit, and signed when it is asked for again`, async () => {
        const inputs = await rootInputs(algorithm, spec);
        const lifecycle = certificateLifecycle(new Project().process());
        kms.proxy.inject("Sign", flipSignatureBit());
        await assert.rejects(async () => lifecycle.create(inputs), failure("SIGNATURE_INVALID", /was not accepted/));
        const { state } = await lifecycle.create(inputs);
        const path = join(kms.directory, `${algorithm}.crt`);
        writeFileSync(path, state.certificatePem);
        const time = String(Date.parse("2026-06-01T00:00:00Z") / 1000);
        assert.match(openssl(["verify", "-check_ss_sig", "-attime", time, "-CAfile", path, path]), /: OK/);
        kms.proxy.inject("Sign", flipSignatureBit());
        await assert.rejects(async () => lifecycle.update(state, inputs), failure("SIGNATURE_INVALID", /Run again/));
      });
    }

    void it("is signed though the connection was cut after the first signature", async () => {
      const inputs = await rootInputs("ECDSA_P256", "ECC_NIST_P256");
      kms.proxy.clear();
      kms.proxy.inject("Sign", cutAfterRequest());
      const { state } = await certificateLifecycle(new Project().process()).create(inputs);
      assert.deepEqual(
        kms.proxy.calls.filter((call) => call === "Sign"),
        ["Sign", "Sign"],
      );
      assert.equal(openssl(["x509", "-noout", "-pubkey"], state.certificatePem), inputs.publicKeyPem);
    });
  });
});

/** Accepts an error of this code that shows no secret. */
function failure(code: ErrorCode, message: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(!inspect(error, { depth: null }).includes(SECRET_ACCESS_KEY), inspect(error));
    assert.ok(!String(error).includes(SESSION_TOKEN), String(error));
    assert.doesNotMatch(String(error), /\n| {2}|\.\./);
    return withCode(code, message)(error);
  };
}

function pem({ publicKey }: { publicKey: KeyObject }): string {
  return publicKey.export({ type: "spki", format: "pem" }).toString();
}
