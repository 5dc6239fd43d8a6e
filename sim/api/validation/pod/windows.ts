import type { Container, PodSpec, WindowsSecurityContextOptions } from "../../types.gen.ts";
import { type FieldError, invalidValue } from "../field-error.ts";
import { invalidEach } from "../meta.ts";
import { dnsSubdomainErrors } from "../names.ts";

/** The longest credential specification, in KiB. */
const SPEC_LIMIT = 64;
const DOMAIN_LIMIT = 256;
const USER_LIMIT = 104;

const NETBIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const DNS_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
const DNS_DOMAIN = new RegExp(`^${DNS_LABEL}(?:\\.${DNS_LABEL})*$`);
const BAD_LETTERS = /["/\\:;|=,+*?<>@[\]]/;
const DOTS_AND_BLANKS = /^[. ]+$/;

/** core `validateWindowsSecurityContextOptions`. */
export function windowsOptionErrors(
  options: WindowsSecurityContextOptions | undefined,
  path: string,
): readonly FieldError[] {
  if (options === undefined) return [];
  const errors: FieldError[] = [];
  const { gmsaCredentialSpecName, gmsaCredentialSpec: spec, runAsUserName } = options;
  if (gmsaCredentialSpecName !== undefined) {
    const texts = dnsSubdomainErrors(gmsaCredentialSpecName);
    errors.push(...invalidEach(`${path}.gmsaCredentialSpecName`, gmsaCredentialSpecName, texts));
  }
  const field = `${path}.gmsaCredentialSpec`;
  if (spec === "") {
    errors.push(invalidValue(field, spec, "gmsaCredentialSpec cannot be an empty string"));
  } else if (spec !== undefined && spec.length > SPEC_LIMIT * 1024) {
    const why = `gmsaCredentialSpec size must be under ${SPEC_LIMIT} KiB`;
    errors.push(invalidValue(field, spec, why));
  }
  if (runAsUserName === undefined) return errors;
  return [
    ...errors,
    ...invalidEach(`${path}.runAsUserName`, runAsUserName, userNameErrors(runAsUserName)),
  ];
}

function hasControlCharacters(text: string): boolean {
  return [...text].some((character) => character < " " || character === "\u007f");
}

/** `DOMAIN\user` or `user`. */
function userNameErrors(name: string): readonly string[] {
  if (name === "") return ["runAsUserName cannot be an empty string"];
  if (hasControlCharacters(name)) return ["runAsUserName cannot contain control characters"];
  const parts = name.split("\\");
  if (parts.length > 2) return ["runAsUserName cannot contain more than one backslash"];
  const user = parts.at(-1) ?? "";
  const domain = parts.length === 2 ? (parts[0] ?? "") : undefined;
  const errors: string[] = [];
  if (domain !== undefined && domain.length >= DOMAIN_LIMIT) {
    errors.push(`runAsUserName's Domain length must be under ${DOMAIN_LIMIT} characters`);
  }
  if (domain !== undefined && !NETBIOS.test(domain) && !DNS_DOMAIN.test(domain)) {
    errors.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  }
  if (user === "") errors.push("runAsUserName's User cannot be empty");
  else if (user.length > USER_LIMIT) {
    errors.push(`runAsUserName's User length must not be longer than ${USER_LIMIT} characters`);
  }
  if (DOTS_AND_BLANKS.test(user)) {
    errors.push("runAsUserName's User cannot contain only periods or spaces");
  }
  if (BAD_LETTERS.test(user)) {
    errors.push(`runAsUserName's User cannot contain the following characters: "/\\:;|=,+*?<>@[]`);
  }
  return errors;
}

/** core `validateWindowsHostProcessPod`: processes of the node itself, all of a pod's or none. */
export function hostProcessErrors(spec: PodSpec, path: string): readonly FieldError[] {
  const own = spec.securityContext?.windowsOptions?.hostProcess;
  const errors: FieldError[] = [];
  let [count, onHost] = [0, 0];
  const visit = (containers: readonly Container[] | undefined, list: string) => {
    for (const [index, { securityContext }] of (containers ?? []).entries()) {
      count++;
      const theirs = securityContext?.windowsOptions?.hostProcess;
      if (own !== undefined && theirs !== undefined && own !== theirs) {
        const field = `${path}.${list}[${index}].securityContext.windowsOptions.hostProcess`;
        const why = `pod hostProcess value must be identical if both are specified, was ${own}`;
        errors.push(invalidValue(field, theirs, why));
      }
      if (theirs ?? own) onHost++;
    }
  };
  visit(spec.initContainers, "initContainers");
  visit(spec.containers, "containers");
  visit(spec.ephemeralContainers, "ephemeralContainers");
  if (onHost === 0) return errors;
  if (onHost !== count) {
    const why =
      "If pod contains any hostProcess containers then all containers must be HostProcess containers";
    errors.push(invalidValue(path, "", why));
  }
  if (spec.hostNetwork !== true) {
    const why = "hostNetwork must be true if pod contains any hostProcess containers";
    errors.push(invalidValue(`${path}.hostNetwork`, false, why));
  }
  return errors;
}
