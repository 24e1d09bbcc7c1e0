/** Asks one model service something, in a thread of its own that ends with the question. */
import { createModelClient, type ModelClient } from "../../compartments/models/client.ts";
import { startThread } from "../../compartments/start.ts";
import { compartment, type CompartmentSpec, NO_INPUTS } from "../../compartments/table.ts";
import { AppError } from "../../base/app_error.ts";
import { providerHost } from "../../kernel/models/providers/provider_table.ts";
import type { SetUpProvider } from "../../kernel/models/providers/set_up_providers.ts";
import type { Form } from "../start/code_base.ts";
import { setupWithKey, setupWithLogin } from "./setup.ts";

/** The row of one provider's thread; the rest of the table does not matter for it. */
export function modelSpec(name: string, baseUrl: string): CompartmentSpec {
  const inputs = { ...NO_INPUTS, providers: [{ name, host: providerHost(baseUrl) }] };
  return compartment(inputs, `model:${name}`)!;
}

/**
 * Runs with a client of the service; no other thread gets its key.
 *
 * @throws {RangeError} For the built-in assistant, which is no service.
 */
export async function askService<T>(
  service: SetUpProvider,
  form: Form,
  ask: (client: ModelClient) => Promise<T>,
): Promise<T> {
  const { choice: { name, protocol, baseUrl }, login } = service;
  if (protocol === "builtin") throw new RangeError("The built-in assistant is no service");
  const thread = startThread(modelSpec(name, baseUrl), form);
  try {
    const client = createModelClient(thread.client);
    await client.configure(
      login === null
        ? setupWithKey(service, protocol)
        : await setupWithLogin({ ...service, login }, protocol),
    );
    return await ask(client);
  } finally {
    thread.stop(new AppError("provider.asked", "The service was only asked"));
  }
}
