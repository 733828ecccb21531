import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { inspect } from "node:util";
import { DisableKeyCommand, ScheduleKeyDeletionCommand } from "@aws-sdk/client-kms";
import type { ErrorCode } from "../../../provider/errors";
import type { Algorithm } from "../../../provider/kms/algorithms";
import type { AwsKms, AwsKmsOptions } from "../../../provider/kms/awskms/awskms";
import { arnOf, EmulatedKms, REGION, SECRET_ACCESS_KEY } from "../../awskms/emulatedKms";
import { anyError, flipSignatureBit, serverError, throttle } from "../../awskms/kmsProxy";
import { cutAfterRequest, cutBeforeRequest, neverAnswers } from "../../fixtures/connectionFaults";
import { inEnvironment } from "../../fixtures/environment";
import { withCode } from "../../fixtures/withCode";
import { missing } from "../../tools";
import { cloudFaults } from "../cloudFaults";
import { pem, survivesFaults } from "../survivesFaults";

/** The number of tries of a call. */
const ATTEMPTS = 6;

const MESSAGE = Buffer.from("message");

/** The tests search for it in every error. */
const SESSION_TOKEN = "session-token-Lm5tYz2";

const ABSENT = "00000000-0000-4000-8000-000000000000";

let shared: EmulatedKms;

survivesFaults({
  name: "awskms",
  skip: missing("ministack"),
  start: async () => {
    shared = await EmulatedKms.start();
    return shared.proxy;
  },
  stop: () => shared.stop(),
  open: () => shared.open(),
  openImpatiently: () => shared.open({ requestTimeout: 100 }),
  createKey: async (algorithm) => {
    const spec = algorithm === "ECDSA_P256" ? "ECC_NIST_P256" : "RSA_2048";
    return `awskms:key-id=${await shared.createKey({ KeySpec: spec })}`;
  },
  methods: { describe: "GetPublicKey", sign: "Sign" },
  ...cloudFaults(
    {
      attempts: ATTEMPTS,
      throttle,
      fail: serverError,
      cutBefore: cutBeforeRequest,
      cutAfter: cutAfterRequest,
      neverAnswers,
      flipSignatureBit,
      throttled: /did not complete Sign on the key [0-9a-f-]{36} after several tries: Rate exceeded\. Run/,
    },
    "Sign",
  ),
  nobodyListensOn: (port) => ({ AWS_ENDPOINT_URL_KMS: `http://127.0.0.1:${String(port)}` }),
  failure,
});

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

  /** Signs with a known public key, so that only `Sign` is called. */
  const sign = async (uri: string, algorithm: Algorithm = "ECDSA_P256", known = publicKeyPem): Promise<Uint8Array> => {
    const signer = await awsKms.createSigner({ uri, algorithm, publicKeyPem: known });
    return signer.sign(MESSAGE);
  };

  void it("is KMS_UNAVAILABLE when it keeps failing with unknown errors", async () => {
    kms.proxy.inject("Sign", anyError("SomethingNewException", 503, "new"), ATTEMPTS);
    await assert.rejects(
      async () => sign(keyId),
      failure("KMS_UNAVAILABLE", /after several tries: new\. Run again later/),
    );
    assert.equal(kms.proxy.calls.length, ATTEMPTS);
  });

  void it("reports the address when nothing listens there", async () => {
    await inEnvironment({ AWS_ENDPOINT_URL_KMS: "http://127.0.0.1:1" }, async () => {
      const nobody = kms.open({ region: REGION });
      const remedy = /in us-east-1 does not answer: .*ECONNREFUSED.*the region and AWS_ENDPOINT_URL_KMS/;
      await assert.rejects(async () => nobody.describeKey(keyId), failure("KMS_UNREACHABLE", remedy));
      await nobody.close();
    });
  });

  /** AWS's refusals. The emulator cannot produce most of them. */
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
      message: /cannot be used: .* is unavailable\. Check its state with aws kms describe-key/,
    },
    {
      operation: "GetPublicKey",
      name: "InvalidArnException",
      says: "Invalid arn us-west-2",
      code: "KEY_URI_INVALID",
      message: /AWS does not accept "[0-9a-f-]{36}" as a key in us-east-1/,
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
      what: "a key scheduled for deletion",
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
      what: "a missing key",
      make: () => Promise.resolve(ABSENT),
      call: (uri) => sign(uri),
      code: "KEY_NOT_FOUND",
      message: /there is no key 00000000-0000-4000-8000-000000000000 in us-east-1\. .*the region or the profile/,
    },
    {
      what: "a missing alias, in another region",
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
      message: /AWS does not support GetPublicKey with .*\. Use an asymmetric key whose usage is SIGN_VERIFY/,
    },
    {
      what: "a symmetric key with a given public key",
      make: () => kms.createKey({ KeyUsage: "ENCRYPT_DECRYPT", KeySpec: "SYMMETRIC_DEFAULT" }),
      call: (uri) => sign(uri),
      code: "KEY_UNUSABLE",
      message: /does not support Sign with/,
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
      what: "a key with another spec than recorded",
      make: () => kms.createKey({ KeySpec: "ECC_NIST_P384" }),
      call: (uri) => sign(uri),
      code: "KEY_UNUSABLE",
      message: /cannot sign with this algorithm/,
    },
    {
      what: "a key with an unsupported algorithm",
      make: () => kms.createKey({ KeySpec: "ECC_SECG_P256K1" }),
      call: (uri) => awsKms.createSigner({ uri, algorithm: "ECDSA_P256" }),
      code: "ALGORITHM_UNSUPPORTED",
      message: /does not sign with ECDSA_P256\. Use another key/,
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
      message: /no AWS region is given\. Set region, or AWS_REGION /,
    },
    {
      what: "no credentials",
      environment: { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined },
      code: "CREDENTIALS_MISSING",
      message: /no AWS credentials were found: .* set profile or credentialsFile/,
    },
    {
      what: "a missing profile",
      environment: {},
      options: { profile: "absent" },
      code: "CREDENTIALS_MISSING",
      message: /no AWS credentials were found/,
    },
    {
      what: "a missing credentials file",
      environment: { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined },
      options: { credentialsFile: "absent" },
      code: "CREDENTIALS_MISSING",
      message: /no AWS credentials were found/,
    },
  ];
  for (const { what, environment, options, code, message } of surroundings) {
    void it(`is ${code} with ${what}, without a request`, async () => {
      await inEnvironment(environment, async () => {
        const other = kms.open(options);
        await assert.rejects(async () => other.describeKey(keyId), failure(code, message));
        await other.close();
      });
      assert.deepEqual(kms.proxy.calls, []);
    });
  }
});

/** Accepts an error with this code that shows no secret. */
function failure(code: ErrorCode, message: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(!inspect(error, { depth: null }).includes(SECRET_ACCESS_KEY), inspect(error));
    assert.ok(!String(error).includes(SESSION_TOKEN), String(error));
    assert.doesNotMatch(String(error), /\n| {2}|\.\./);
    return withCode(code, message)(error);
  };
}
