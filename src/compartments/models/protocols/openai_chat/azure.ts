import OpenAI, { AzureOpenAI } from "openai";
import { AppError } from "../../../../base/app_error.ts";
import type { ProviderSetup } from "../../api.ts";
import { type ProviderCaller, SDK_TIMEOUT_MS } from "../caller.ts";
import { chatCaller } from "./caller.ts";

/**
 * Azure OpenAI: the key in `api-key`, the deployment as the model. The address is that of the
 * resource; one with `?api-version=` is spoken to by that dated version, any other by `v1`.
 * Source: Azure docs, "Azure OpenAI in Azure AI Foundry Models API lifecycle" (v1) and its REST
 * reference (dated versions).
 */
export function azureCaller(setup: ProviderSetup): ProviderCaller {
  const { apiVersion, endpoint, v1 } = azureAddresses(setup.baseUrl);
  const apiKey = setup.apiKey ?? "";
  const caller = chatCaller(setup, (fetch) => {
    const timeout = SDK_TIMEOUT_MS;
    const common = { apiKey, maxRetries: 0, timeout, logLevel: "off", fetch } as const;
    return apiVersion === null
      ? new OpenAI({
        ...common,
        baseURL: v1,
        defaultHeaders: { ...setup.headers, authorization: null, "api-key": apiKey },
      })
      : new AzureOpenAI({ ...common, endpoint, apiVersion, defaultHeaders: { ...setup.headers } });
  });
  return {
    ...caller,
    models() {
      // What a resource lists are the models it could deploy; a deployment has a name of its own.
      return Promise.reject(
        new AppError("model.not_found", "Azure lists no deployments at this address", {
          hint: "Name a deployment of your resource",
        }),
      );
    },
  };
}

/**
 * The addresses of a resource.
 *
 * @param address As written: `https://NAME.openai.azure.com`, with or without `/openai/v1`.
 */
export function azureAddresses(
  address: string,
): { readonly apiVersion: string | null; readonly endpoint: string; readonly v1: string } {
  const url = new URL(address);
  const apiVersion = url.searchParams.get("api-version");
  const path = url.pathname.replace(/(?<!\/)\/+$/, "").replace(/\/openai(\/v1)?$/, "");
  const endpoint = url.origin + path;
  return { apiVersion, endpoint, v1: `${endpoint}/openai/v1` };
}
