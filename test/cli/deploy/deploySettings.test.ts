import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readDeploySettings } from "../../../provider/cli/deploy/deploySettings";

const HOST = { directory: "/etc/step-ca", url: "https://ca.example.com:9443" };

void describe("The hosts of a deployment", () => {
  void it("need no more than a folder and a URL", () => {
    assert.deepEqual(readDeploySettings({ hosts: [HOST] }, "kms-pki:deploy"), [
      {
        ...HOST,
        name: "ca.example.com",
        address: "ca.example.com:9443",
        reach: { here: true },
        reload: "systemctl reload-or-restart step-ca",
        probe: "here",
        waitSeconds: 60,
      },
    ]);
  });

  void it("are reached over ssh, or by any command", () => {
    const reached = readDeploySettings(
      {
        hosts: [
          { ...HOST, ssh: "step-ca@ca.example.com", sshOptions: ["-i", "key"], wait: "1m30s", probe: "host" },
          { ...HOST, url: "https://[::1]/", command: ["docker", "exec", "-i", "step-ca", "sh", "-c"] },
        ],
      },
      "kms-pki:deploy",
    );
    assert.deepEqual(
      reached.map(({ name, address, reach, waitSeconds }) => ({ name, address, reach, waitSeconds })),
      [
        {
          name: "ca.example.com",
          address: "ca.example.com:9443",
          reach: { ssh: "step-ca@ca.example.com", options: ["-i", "key"] },
          waitSeconds: 90,
        },
        {
          name: "[::1]",
          address: "[::1]:443",
          reach: { command: ["docker", "exec", "-i", "step-ca", "sh", "-c"] },
          waitSeconds: 60,
        },
      ],
    );
  });

  void it("may have numbers for texts, which pulumi config set makes of digits, and a folder with a slash at its end", () => {
    const fields = { ssh: "ca", sshOptions: ["-p", 2222], name: 7, directory: "/etc/step-ca/" };
    const [host] = readDeploySettings({ hosts: [{ ...HOST, ...fields }] }, "kms-pki:deploy");
    assert.deepEqual(
      [host?.name, host?.directory, host?.reach],
      ["7", "/etc/step-ca", { ssh: "ca", options: ["-p", "2222"] }],
    );
  });

  const wrong: readonly { what: string; value: unknown; problem: RegExp }[] = [
    { what: "nothing", value: {}, problem: /hosts: .*no list of hosts/ },
    { what: "no host", value: { hosts: [] }, problem: /hosts: .*no list of hosts/ },
    { what: "a misspelled field", value: { hosts: [HOST], host: 1 }, problem: /host: .*no such field/ },
    {
      what: "a misspelled field of a host",
      value: { hosts: [{ ...HOST, dir: "/x" }] },
      problem: /hosts\[0\]\.dir: .*directory, url/,
    },
    {
      what: "two hosts of one name",
      value: { hosts: [HOST, HOST] },
      problem: /hosts\[1\]\.name: .*also called ca\.example\.com/,
    },
    {
      what: "one folder of one host twice",
      value: {
        hosts: [
          { ...HOST, ssh: "a" },
          { ...HOST, ssh: "a", name: "b", directory: "/etc/step-ca/" },
        ],
      },
      problem: /hosts\[1\]\.directory: .*folder of hosts\[0\]/,
    },
    ...["name", "ssh", "reload"].map((field) => ({
      what: `a blank ${field}`,
      value: { hosts: [{ ...HOST, [field]: " \n" }] },
      problem: new RegExp(`hosts\\[0\\]\\.${field}: .*is empty`),
    })),
    ...["", "ca", "/etc/step-ca/../ca", "/etc/$(id)", "/etc/step ca", "/"].map((directory) => ({
      what: `the folder ${JSON.stringify(directory)}`,
      value: { hosts: [{ ...HOST, directory }] },
      problem: /hosts\[0\]\.directory: .*such as \/etc\/step-ca|hosts\[0\]\.directory: .*not a text/,
    })),
    ...[
      "http://127.0.0.1",
      "https://127.0.0.1:9443;id",
      "https://ca.example.com/path",
      "https://-connect",
      "https://a:65536",
      "https://a:0",
    ].map((url) => ({
      what: `the URL ${url}`,
      value: { hosts: [{ ...HOST, url }] },
      problem: /hosts\[0\]\.url: .*such as https:\/\/ca\.example\.com:9443/,
    })),
    { what: "no URL", value: { hosts: [{ directory: "/etc/step-ca" }] }, problem: /hosts\[0\]\.url: / },
    {
      what: "another probe",
      value: { hosts: [{ ...HOST, probe: "there" }] },
      problem: /hosts\[0\]\.probe: .*here or host/,
    },
    {
      what: "a wait without a unit",
      value: { hosts: [{ ...HOST, wait: 60 }] },
      problem: /hosts\[0\]\.wait: .*such as 60s/,
    },
    ...["ssh", "name", "reload", "sshOptions", "command"].flatMap((field) =>
      ["a\0b", "a\rb", "\u001b[2Jb"].map((text) => ({
        what: `the control characters of ${JSON.stringify(text)} in ${field}`,
        value: { hosts: [{ ...HOST, [field]: ["sshOptions", "command"].includes(field) ? ["x", text] : text }] },
        problem: new RegExp(`hosts\\[0\\]\\.${field}: .*control characters`),
      })),
    ),
    {
      what: "a name of two lines",
      value: { hosts: [{ ...HOST, name: "ca1\nca2: all is well" }] },
      problem: /hosts\[0\]\.name: .*one line/,
    },
    {
      what: "an endless wait",
      value: { hosts: [{ ...HOST, wait: "2h" }] },
      problem: /hosts\[0\]\.wait: .*from 1s to 1h/,
    },
    {
      what: "an option as destination of ssh",
      value: { hosts: [{ ...HOST, ssh: "-oProxyCommand=id" }] },
      problem: /hosts\[0\]\.ssh: /,
    },
    {
      what: "ssh and a command",
      value: { hosts: [{ ...HOST, ssh: "a", command: ["b"] }] },
      problem: /exclude each other/,
    },
    {
      what: "options without ssh",
      value: { hosts: [{ ...HOST, sshOptions: ["-v"] }] },
      problem: /hosts\[0\]\.sshOptions: .*no ssh/,
    },
    {
      what: "a command that is a text",
      value: { hosts: [{ ...HOST, command: "sh -c" }] },
      problem: /hosts\[0\]\.command: .*list of texts/,
    },
  ];
  for (const { what, value, problem } of wrong) {
    void it(`are refused with ${what}`, () => {
      assert.throws(() => readDeploySettings(value, "kms-pki:deploy"), problem);
    });
  }
});
