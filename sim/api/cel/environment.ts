import { Environment, type EnvironmentOptions } from "@marcbachmann/cel-js";
import { registerAuthorizer } from "./libraries/authorizer.ts";
import { registerComprehensions } from "./libraries/comprehensions.ts";
import { registerFormats } from "./libraries/formats.ts";
import { registerListFunctions } from "./libraries/list-functions.ts";
import { registerLists } from "./libraries/lists.ts";
import { registerNetwork } from "./libraries/network.ts";
import { registerOptionals } from "./libraries/optional.ts";
import { registerQuantities } from "./libraries/quantity.ts";
import { registerRegex } from "./libraries/regex.ts";
import { registerVersions } from "./libraries/semver.ts";
import { registerStrings } from "./libraries/strings.ts";
import { registerUrls } from "./libraries/url.ts";

/** A new environment of CEL with the libraries that Kubernetes gives its expressions (apiserver `cel/environment`). */
export function celEnvironment(options: EnvironmentOptions = {}): Environment {
  const environment = new Environment({
    unlistedVariablesAreDyn: true,
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
    ...options,
  });
  for (const register of [
    registerQuantities,
    registerVersions,
    registerUrls,
    registerRegex,
    registerLists,
    registerListFunctions,
    registerNetwork,
    registerFormats,
    registerStrings,
    registerOptionals,
    registerComprehensions,
    registerAuthorizer,
  ])
    register(environment);
  return environment;
}
