/** A careless client: follows redirects, looks at its environment. For attacks on a thread's grant. */
const scope = globalThis as unknown as {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent<{ url: string; name: string }>) => void) | null;
};

scope.onmessage = async ({ data: { url, name } }) => {
  const tried = async (act: () => unknown) => {
    try {
      return `got ${await act()}`;
    } catch (error) {
      return error instanceof Error ? `${error.name}: ${error.message}` : "unknown";
    }
  };
  scope.postMessage({
    followed: await tried(async () => (await fetch(url)).text()),
    variable: await tried(() => Deno.env.get(name)),
    file: await tried(() => Deno.readTextFile("/etc/hostname")),
  });
};
