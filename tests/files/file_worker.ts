/** The file handlers in a worker, as the `hands` entry has them. */
import { createFileHandlers } from "../../src/compartments/hands/files/handlers.ts";
import { type Handlers, serve, workerScopeChannel } from "../../src/compartments/wire.ts";

serve(workerScopeChannel(), createFileHandlers() as Handlers);
