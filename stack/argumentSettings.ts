import type { ArgumentNaming } from "../provider/words/argumentNaming";
import { DATABASE_SETTINGS } from "./database";
import { adoptSetting, contentSettings, PARTS } from "./contentSettings";
import { chosenKms } from "./keySources";
import { partOf } from "./stackKms";

/** The settings whose names differ from the authority's arguments, by argument. */
const SETTINGS: Readonly<Record<string, string>> = {
  "root.subject.commonName": "rootCommonName",
  "root.validity": "rootValidity",
  "root.renewBefore": "rootRenewBefore",
  "root.lintProfile": "lintProfile",
  "intermediate.lintProfile": "lintProfile",
  "root.certificatePem": "rootCertificate",
  "root.key": "rootKey",
  "intermediate.subject.commonName": "intermediateCommonName",
  "intermediate.validity": "intermediateValidity",
  "intermediate.renewBefore": "intermediateRenewBefore",
  "intermediate.answers": "intermediateCertificates",
  ...Object.fromEntries(
    Object.entries(DATABASE_SETTINGS).map(([argument, setting]) => [`database.${argument}`, setting]),
  ),
  ...Object.fromEntries(
    PARTS.flatMap((part) => [
      [`${part}.adopt.certificatePem`, `${adoptSetting(part)}.certificate`],
      [`${part}.adopt`, adoptSetting(part)],
    ]),
  ),
  ...Object.fromEntries(
    PARTS.flatMap((part) => contentSettings(part).map(([argument, setting]) => [`${part}.${argument}`, setting])),
  ),
};

/** Names arguments by the settings that they come from. */
export const SETTING_NAMING: ArgumentNaming = {
  name: (path) => `kms-pki:${settingOf(path)}`,
  assignment,
  remedyOf: (path, fields) => {
    const given = Object.entries(fields as Readonly<Record<string, string | undefined>>);
    const commands = given.flatMap(([name, value]) =>
      value === undefined ? [] : [assignment(`${path}.${name}`, value)],
    );
    return `Run: ${commands.join(" && ")}`;
  },
};

function assignment(path: string, value: string | number | boolean): string {
  const setting = settingOf(path);
  return `pulumi config set ${/[.[]/.test(setting) ? `--path 'kms-pki:${setting}'` : `kms-pki:${setting}`} ${String(value)}`;
}

function settingOf(path: string): string {
  const ofKeys = /^keys\.(.*)$/s.exec(path)?.[1];
  return ofKeys === undefined ? renamed(path, SETTINGS) : renamed(ofKeys, settingNamesOfKms());
}

function settingNamesOfKms(): Readonly<Record<string, string>> {
  const { kms, rootKms } = chosenKms();
  return { ...partOf(kms).settingNames, ...partOf(rootKms).settingNames };
}

/** Renames an argument or a part of it. */
function renamed(path: string, names: Readonly<Record<string, string>>): string {
  const found = Object.keys(names).find(
    (name) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`),
  );
  return found === undefined ? path : `${names[found] ?? ""}${path.slice(found.length)}`;
}
